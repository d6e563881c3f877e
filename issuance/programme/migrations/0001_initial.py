import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('authority', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('envelope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='authority.budgetenvelope')),
                ('reference', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('ceiling_minor', tokenization.kernel.fields.MinorField()),
                ('state', models.CharField(choices=[('CLOSED', 'Closed'), ('DRAFT', 'Draft'), ('OPEN', 'Open')], default='DRAFT', max_length=10)),
            ],
            options={
                'ordering': ['reference'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CLOSED', 'DRAFT', 'OPEN'])), name='programme_state'), models.CheckConstraint(condition=models.Q(('ceiling_minor__gt', 0)), name='programme_ceiling_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='programme_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5239b631ff62268fd16233a3aedc4812511c6d40', operation='DELETE', pgid='pgtrigger_programme_no_delete_3db87', table='programme_programme', when='BEFORE')), pgtrigger.compiler.Trigger(name='programme_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='1410d995c8dd9e82e1f5d0571536cc22b43e570e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_programme_no_truncate_57443', table='programme_programme', when='BEFORE')), pgtrigger.compiler.Trigger(name='programme_terms_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR OLD.envelope_id IS DISTINCT FROM NEW.envelope_id OR OLD.reference IS DISTINCT FROM NEW.reference OR OLD.name IS DISTINCT FROM NEW.name OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.ceiling_minor IS DISTINCT FROM NEW.ceiling_minor) THEN\n                RAISE EXCEPTION 'programme_terms_frozen: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'programme_terms_frozen';\n            END IF;\n            RETURN NEW;\n        ", hash='5bf7969cca15c9344cb5226dd9207769551aa9ce', operation='UPDATE', pgid='pgtrigger_programme_terms_frozen_974fa', table='programme_programme', when='BEFORE'))],
            },
        ),
    ]
