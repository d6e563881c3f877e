import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('settlement', '0011_bank_corrections'),
    ]

    operations = [
        migrations.AddField(
            model_name='settlementinstruction',
            name='issued_on',
            field=models.DateField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlementinstruction',
            trigger=pgtrigger.compiler.Trigger(name='settlement_not_before_its_day', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state IN ('ISSUING', 'DELIVERED'))", func="\n    IF NEW.issued_on IS NULL\n        OR NEW.issued_on < (SELECT settlement_date FROM allotment_allotment WHERE id = NEW.allotment_id) THEN\n        RAISE EXCEPTION 'settlement_not_before_its_day: units are issued on the settlement day or later'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='1a8e236879e150214dca0b5d8d46a552d4d161e3', operation='INSERT OR UPDATE', pgid='pgtrigger_settlement_not_before_its_day_4e318', table='settlement_settlementinstruction', when='BEFORE')),
        ),
    ]
