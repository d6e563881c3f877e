# A token is a series' or a currency's: the tokens of before are securities, in the currency of their series.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models

CURRENCY_OF_THE_SERIES = """
    UPDATE tokenisation_tokencontract t SET currency = s.currency FROM series_series s WHERE s.id = t.series_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_system_user'),
        ('outbox', '0001_initial'),
        ('series', '0001_initial'),
        ('tokenisation', '0002_delayed_powers'),
    ]

    operations = [
        migrations.AddField(
            model_name='tokencontract',
            name='currency',
            field=tokenization.kernel.fields.CurrencyField(null=True),
        ),
        migrations.RunSQL(CURRENCY_OF_THE_SERIES, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='tokencontract',
            name='currency',
            field=tokenization.kernel.fields.CurrencyField(),
        ),
        migrations.AddField(
            model_name='tokencontract',
            name='purpose',
            field=models.CharField(choices=[('SECURITY', 'Security'), ('CASH', 'Cash')], default='SECURITY', max_length=8),
        ),
        migrations.AlterField(
            model_name='tokencontract',
            name='series',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='token_contract', to='series.series'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tokencontract',
            trigger=pgtrigger.compiler.Trigger(name='token_contract_currency', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.series_id IS NOT NULL)', func="\n                    IF NOT EXISTS (SELECT 1 FROM series_series WHERE id = NEW.series_id AND currency = NEW.currency)\n                    THEN\n                        RAISE EXCEPTION 'token_contract_currency: a token has the currency of its series'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='7a461836f2dc955b8d5b0fdc9111f199d22800d9', operation='INSERT OR UPDATE', pgid='pgtrigger_token_contract_currency_f852e', table='tokenisation_tokencontract', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='tokencontract',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('purpose', 'SECURITY'), ('series__isnull', False)), models.Q(('purpose', 'CASH'), ('series__isnull', True)), _connector='OR'), name='token_contract_of_series_or_currency'),
        ),
        migrations.AddConstraint(
            model_name='tokencontract',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'CASH')), fields=('currency',), name='token_contract_one_cash_per_currency'),
        ),
    ]
