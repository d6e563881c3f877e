import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='FxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('base', tokenization.kernel.fields.CurrencyField()),
                ('quote', tokenization.kernel.fields.CurrencyField()),
                ('rate', models.DecimalField(decimal_places=8, max_digits=20)),
                ('base_digits', models.PositiveSmallIntegerField()),
                ('quote_digits', models.PositiveSmallIntegerField()),
                ('source', models.CharField(max_length=80)),
            ],
            options={
                'ordering': ['-on', 'base', 'quote'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('on', 'base', 'quote', 'source'), name='fx_rate_once'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='fx_rate_positive'), models.CheckConstraint(condition=models.Q(('base', models.F('quote')), _negated=True), name='fx_rate_two_currencies'), models.CheckConstraint(condition=models.Q(('base_digits__lte', 8), ('quote_digits__lte', 8)), name='fx_rate_digits'), models.CheckConstraint(condition=models.Q(models.Q(('base__in', ['OIL', 'XAG', 'XAU']), _negated=True), models.Q(('quote__in', ['OIL', 'XAG', 'XAU']), _negated=True)), name='fx_rate_of_currencies')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='78a43e04c4cac5b2e3e82461b10d61a1701fd89a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_98d1b', table='authority_fxrate', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5ac164c5038f65ed8f7ce0593969b0aedd4fc828', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_490af', table='authority_fxrate', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='LegalAuthority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=60, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('law', models.CharField(max_length=200)),
                ('instrument', models.CharField(choices=[('STATUTE', 'Act or statute'), ('ORDER', 'Order or notification under an act'), ('DEED', 'Deed or registered title'), ('RESOLUTION', 'Resolution of the body that decides'), ('LETTER', 'Signed letter of whoever may refuse'), ('MEMORANDUM', 'Memorandum of understanding')], default='STATUTE', max_length=10)),
                ('kind', models.CharField(choices=[('BORROWING', 'Borrowing'), ('DISPOSAL', 'Disposal'), ('PLEDGE', 'Pledge')], max_length=10)),
                ('measure', models.CharField(choices=[('STOCK', 'Stock outstanding'), ('GROSS', 'Gross in the budget year'), ('NET', 'Net in the budget year')], max_length=10)),
                ('basis', models.CharField(choices=[('FACE', 'Face'), ('PROCEEDS', 'Proceeds')], max_length=10)),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('ceiling_minor', tokenization.kernel.fields.MinorField()),
                ('restores_on_redemption', models.BooleanField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField()),
                ('state', models.CharField(choices=[('CLOSED', 'Closed'), ('DRAFT', 'Draft'), ('IN_FORCE', 'In force')], default='DRAFT', max_length=10)),
            ],
            options={
                'verbose_name_plural': 'legal authorities',
                'ordering': ['reference'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CLOSED', 'DRAFT', 'IN_FORCE'])), name='authority_state'), models.CheckConstraint(condition=models.Q(('ceiling_minor__gt', 0)), name='authority_ceiling_positive'), models.CheckConstraint(condition=models.Q(('valid_from__lte', models.F('valid_until'))), name='authority_dates'), models.CheckConstraint(condition=models.Q(('kind__in', ['BORROWING', 'DISPOSAL', 'PLEDGE'])), name='authority_kind'), models.CheckConstraint(condition=models.Q(('basis__in', ['FACE', 'PROCEEDS'])), name='authority_basis'), models.CheckConstraint(condition=models.Q(('instrument__in', ['ORDER', 'STATUTE'])), name='authority_instrument_carries'), models.CheckConstraint(condition=models.Q(('measure', 'STOCK'), models.Q(('measure', 'NET'), ('restores_on_redemption', True)), models.Q(('measure', 'GROSS'), ('restores_on_redemption', False)), _connector='OR'), name='authority_measure_restores'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('currency__in', ['OIL', 'XAG', 'XAU']), _negated=True), ('kind', 'BORROWING')), models.Q(('basis', 'FACE'), ('currency__in', ['OIL', 'XAG', 'XAU']), ('kind__in', ['DISPOSAL', 'PLEDGE'])), _connector='OR'), name='authority_kind_counts')],
                'triggers': [pgtrigger.compiler.Trigger(name='authority_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='57b3637704ced606a132288302b3ce4f22b2c6e5', operation='DELETE', pgid='pgtrigger_authority_no_delete_99b81', table='authority_legalauthority', when='BEFORE')), pgtrigger.compiler.Trigger(name='authority_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c4094ab8a2f2ba4d4c7fdeb19a6d20b59a5bc01c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_authority_no_truncate_df0ea', table='authority_legalauthority', when='BEFORE')), pgtrigger.compiler.Trigger(name='authority_terms_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR OLD.reference IS DISTINCT FROM NEW.reference OR OLD.title IS DISTINCT FROM NEW.title OR OLD.law IS DISTINCT FROM NEW.law OR OLD.instrument IS DISTINCT FROM NEW.instrument OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.measure IS DISTINCT FROM NEW.measure OR OLD.basis IS DISTINCT FROM NEW.basis OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.ceiling_minor IS DISTINCT FROM NEW.ceiling_minor OR OLD.restores_on_redemption IS DISTINCT FROM NEW.restores_on_redemption OR OLD.valid_from IS DISTINCT FROM NEW.valid_from OR OLD.valid_until IS DISTINCT FROM NEW.valid_until) THEN\n                RAISE EXCEPTION 'authority_terms_frozen: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'authority_terms_frozen';\n            END IF;\n            RETURN NEW;\n        ", hash='f00b70760b521eb8863dcdbbd6eb84fb3c432a5e', operation='UPDATE', pgid='pgtrigger_authority_terms_frozen_b030c', table='authority_legalauthority', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BudgetEnvelope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='envelopes', to='authority.legalauthority')),
                ('budget_year', models.CharField(max_length=9)),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('state', models.CharField(choices=[('CLOSED', 'Closed'), ('DRAFT', 'Draft'), ('OPEN', 'Open')], default='DRAFT', max_length=10)),
            ],
            options={
                'ordering': ['authority', 'starts_on'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CLOSED', 'DRAFT', 'OPEN'])), name='envelope_state'), models.UniqueConstraint(fields=('authority', 'budget_year'), name='envelope_once_a_year'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='envelope_amount_positive'), models.CheckConstraint(condition=models.Q(('starts_on__lte', models.F('ends_on'))), name='envelope_dates')],
                'triggers': [pgtrigger.compiler.Trigger(name='envelope_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ff796137933af3c8f8bf78267c1df0a4cba09e20', operation='DELETE', pgid='pgtrigger_envelope_no_delete_0c8e0', table='authority_budgetenvelope', when='BEFORE')), pgtrigger.compiler.Trigger(name='envelope_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='29b9d154425c28d157036b9bac1216cbaaea1eb8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_envelope_no_truncate_0bbe0', table='authority_budgetenvelope', when='BEFORE')), pgtrigger.compiler.Trigger(name='envelope_terms_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR OLD.authority_id IS DISTINCT FROM NEW.authority_id OR OLD.budget_year IS DISTINCT FROM NEW.budget_year OR OLD.starts_on IS DISTINCT FROM NEW.starts_on OR OLD.ends_on IS DISTINCT FROM NEW.ends_on OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.amount_minor IS DISTINCT FROM NEW.amount_minor) THEN\n                RAISE EXCEPTION 'envelope_terms_frozen: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'envelope_terms_frozen';\n            END IF;\n            RETURN NEW;\n        ", hash='ee41ea36b2cb5f0886316fcb3587ff94cebc4b7d', operation='UPDATE', pgid='pgtrigger_envelope_terms_frozen_1bf2e', table='authority_budgetenvelope', when='BEFORE'))],
            },
        ),
    ]
