import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.sealed
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
        ('instructions', '0001_initial'),
        ('settlement', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BankAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bank_accounts', to='identity.party')),
                ('iban', tokenization.kernel.sealed.SealedField()),
                ('title', models.CharField(max_length=140)),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('source', models.CharField(max_length=200)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='bank_account_named'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='bank_account_period'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('party'), models.F('party'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('valid_from'), models.F('valid_until'), function='tstzrange'), '&&')], name='bank_account_one_at_a_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='bank_account_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='f8af35042c97cf6d55548775a7ceb902e718cca2', operation='DELETE', pgid='pgtrigger_bank_account_is_kept_no_delete_71fe9', table='servicing_bankaccount', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_account_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='90aca1482e2df7cdbc273e7923729bf01d9ae82b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_bank_account_is_kept_no_truncate_f14de', table='servicing_bankaccount', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_account_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.valid_until IS NOT NULL OR OLD.party_id IS DISTINCT FROM NEW.party_id OR OLD.iban IS DISTINCT FROM NEW.iban OR OLD.title IS DISTINCT FROM NEW.title OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.source IS DISTINCT FROM NEW.source OR OLD.valid_from IS DISTINCT FROM NEW.valid_from OR OLD.approval_id IS DISTINCT FROM NEW.approval_id THEN\n                RAISE EXCEPTION 'bank_account_is_fixed: a rule of a period keeps what it says; only its open end is set, once'\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='a3f087a157fe0b49fa16440ae1e5aa9f13f1a1a7', operation='UPDATE', pgid='pgtrigger_bank_account_is_fixed_819f9', table='servicing_bankaccount', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ServicingEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='servicing_events', to='tokenisation.tokencontract')),
                ('kind', models.CharField(choices=[('COUPON', 'coupon'), ('REDEMPTION', 'redemption')], max_length=10)),
                ('sequence', models.PositiveSmallIntegerField(default=1)),
                ('rail', models.CharField(choices=[('BANK', 'by bank'), ('TOKEN', 'in cash tokens, else by bank')], default='BANK', max_length=5)),
                ('period_start', models.DateField(null=True)),
                ('period_end', models.DateField(null=True)),
                ('rate_numerator', tokenization.kernel.fields.Uint256Field()),
                ('rate_denominator', tokenization.kernel.fields.Uint256Field(default=1)),
                ('rounding', models.CharField(choices=[('HALF_UP', 'to the nearest minor unit, halves up'), ('DOWN', 'down to the minor unit'), ('UP', 'up to the minor unit')], default='HALF_UP', max_length=8)),
                ('tax_rounding', models.CharField(choices=[('HALF_UP', 'to the nearest minor unit, halves up'), ('DOWN', 'down to the minor unit'), ('UP', 'up to the minor unit')], default='HALF_UP', max_length=8)),
                ('record_at', models.DateTimeField()),
                ('payment_date', models.DateField()),
                ('record_block_number', models.BigIntegerField(null=True)),
                ('record_block_hash', tokenization.kernel.fields.HashField(null=True)),
                ('total_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('net_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('tax_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('suspense_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('residual_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('state', models.CharField(choices=[('OPEN', 'Open'), ('RECORDED', 'Recorded'), ('RELEASED', 'Released'), ('CLOSED', 'Closed')], default='OPEN', max_length=16)),
                ('burn_approval', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('release_approval', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CLOSED', 'OPEN', 'RECORDED', 'RELEASED'])), name='servicing_event_state'), models.UniqueConstraint(fields=('token', 'kind', 'sequence'), name='servicing_event_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'REDEMPTION'), ('period_end__isnull', True), ('period_start__isnull', True), ('sequence', 1)), models.Q(('kind', 'COUPON'), ('period_start__lt', models.F('period_end')), ('sequence__gte', 1)), _connector='OR'), name='servicing_event_kind'), models.CheckConstraint(condition=models.Q(('rate_denominator__gt', 0), ('rate_numerator__gt', 0), ('rounding', 'HALF_UP'), ('rail__in', ('BANK', 'TOKEN')), ('tax_rounding__in', ['HALF_UP', 'DOWN', 'UP'])), name='servicing_event_rate'), models.CheckConstraint(condition=models.Q(('state', 'OPEN'), models.Q(('net_minor__gte', 0), ('record_block_hash__isnull', False), ('record_block_number__isnull', False), ('residual_minor__isnull', False), ('suspense_minor__gte', 0), ('tax_minor__gte', 0), ('total_minor__isnull', False)), _connector='OR'), name='servicing_event_recorded_has_block'), models.CheckConstraint(condition=models.Q(('state__in', ['OPEN', 'RECORDED']), ('release_approval__isnull', False), models.Q(('state', 'CLOSED'), ('total_minor', 0)), _connector='OR'), name='servicing_event_released_by_approval')],
                'triggers': [pgtrigger.compiler.Trigger(name='servicing_event_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='aaa4b95680337664706b2af328b6d7a26106faca', operation='DELETE', pgid='pgtrigger_servicing_event_is_kept_no_delete_ccc95', table='servicing_servicingevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_event_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b52adc127360f8ce6061aa40fac5176b9ba3bfd9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_servicing_event_is_kept_no_truncate_1b657', table='servicing_servicingevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_event_begins_open', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NEW.state <> 'OPEN' OR NEW.burn_approval_id IS NOT NULL\n                       OR NEW.release_approval_id IS NOT NULL THEN\n                        RAISE EXCEPTION 'servicing_event_begins_open: an event is created as OPEN'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='5cc19f04355c898ba8b1710eb1a28da41a91a2b7', operation='INSERT', pgid='pgtrigger_servicing_event_begins_open_6add3', table='servicing_servicingevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_event_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.sequence IS DISTINCT FROM NEW.sequence OR OLD.rail IS DISTINCT FROM NEW.rail OR OLD.period_start IS DISTINCT FROM NEW.period_start OR OLD.period_end IS DISTINCT FROM NEW.period_end OR OLD.rate_numerator IS DISTINCT FROM NEW.rate_numerator OR OLD.rate_denominator IS DISTINCT FROM NEW.rate_denominator OR OLD.rounding IS DISTINCT FROM NEW.rounding OR OLD.tax_rounding IS DISTINCT FROM NEW.tax_rounding OR OLD.record_at IS DISTINCT FROM NEW.record_at OR OLD.payment_date IS DISTINCT FROM NEW.payment_date OR OLD.state = 'CLOSED'\n       OR (OLD.state <> 'OPEN' AND (NEW.state = 'OPEN' OR OLD.record_block_number IS DISTINCT FROM NEW.record_block_number OR OLD.record_block_hash IS DISTINCT FROM NEW.record_block_hash OR OLD.total_minor IS DISTINCT FROM NEW.total_minor OR OLD.net_minor IS DISTINCT FROM NEW.net_minor OR OLD.tax_minor IS DISTINCT FROM NEW.tax_minor OR OLD.suspense_minor IS DISTINCT FROM NEW.suspense_minor OR OLD.residual_minor IS DISTINCT FROM NEW.residual_minor))\n       OR (OLD.burn_approval_id IS NOT NULL AND OLD.burn_approval_id IS DISTINCT FROM NEW.burn_approval_id) OR (OLD.release_approval_id IS NOT NULL AND OLD.release_approval_id IS DISTINCT FROM NEW.release_approval_id) THEN\n        RAISE EXCEPTION 'servicing_event_is_fixed: what was recorded, approved or released is never written again'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='d7d1558c61660f87df876646ea3b0ef9f8935a01', operation='UPDATE', pgid='pgtrigger_servicing_event_is_fixed_088aa', table='servicing_servicingevent', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_event_conserves', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', declare='DECLARE sums record;', func="\n    IF NEW.state = 'RECORDED' AND OLD.state = 'OPEN' THEN\n        SELECT coalesce(sum(units + disputed_units), 0) AS units, coalesce(sum(net_minor), 0) AS net,\n               coalesce(sum(tax_minor), 0) AS tax, coalesce(sum(suspense_minor), 0) AS suspense, count(*) AS lines,\n               count(*) FILTER (WHERE units > 0 AND burn_instruction_id IS NULL) AS unburned, count(burn_instruction_id)\n               AS burned INTO sums FROM servicing_entitlement WHERE event_id = NEW.id;\n        IF (sums.net, sums.tax, sums.suspense) IS DISTINCT FROM (NEW.net_minor, NEW.tax_minor, NEW.suspense_minor)\n           OR NEW.net_minor + NEW.tax_minor + NEW.suspense_minor + NEW.residual_minor <> NEW.total_minor\n           OR NEW.total_minor <> div(2 * sums.units * NEW.rate_numerator + NEW.rate_denominator,\n                                     2 * NEW.rate_denominator)\n           OR abs(NEW.residual_minor) > 2 * sums.lines THEN\n            RAISE EXCEPTION 'servicing_event_conserves: net + tax + suspense + residual is the total, to the minor unit'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        IF (NEW.kind = 'REDEMPTION' AND sums.unburned > 0) OR (NEW.kind = 'COUPON' AND sums.burned > 0) THEN\n            RAISE EXCEPTION 'servicing_event_conserves: a redemption burns the units it repays, a coupon burns none'\n                USING ERRCODE = 'check_violation';\n        END IF;\n    ELSIF NEW.state = 'RELEASED' AND OLD.state = 'RECORDED' THEN\n        SELECT coalesce((SELECT sum(p.amount_minor) FROM servicing_payment p JOIN servicing_entitlement e\n                         ON e.id = p.entitlement_id WHERE e.event_id = NEW.id), 0) AS paid,\n               coalesce((SELECT sum(amount_minor) FROM servicing_funding WHERE event_id = NEW.id), 0) AS funded\n               INTO sums;\n        IF sums.paid <> NEW.net_minor THEN\n            RAISE EXCEPTION 'servicing_event_conserves: the payments of an event are what is net due, to the minor unit'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        IF sums.funded <> NEW.total_minor - least(NEW.residual_minor, 0) THEN\n            RAISE EXCEPTION 'servicing_event_conserves: nothing is released before the whole total is funded'\n                USING ERRCODE = 'check_violation';\n        END IF;\n    END IF;\n    RETURN NULL;\n", hash='8d73578f2fdf55d09f3bbe2953e0eee57f98f571', operation='UPDATE', pgid='pgtrigger_servicing_event_conserves_ae9a1', table='servicing_servicingevent', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='TaxRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('FILER', 'Filer'), ('NON_FILER', 'Non-filer'), ('NON_RESIDENT', 'Non-resident account'), ('EXEMPT', 'Exempt body'), ('TREATY', 'Under a treaty')], max_length=16)),
                ('instrument', models.CharField(choices=[('MTB', 'Market treasury bill'), ('PIB', 'Pakistan investment bond')], max_length=10)),
                ('base', models.CharField(choices=[('COUPON', 'the coupon'), ('FACE_LESS_COST', 'face less what the holder paid')], max_length=16)),
                ('rate_bp', models.PositiveIntegerField()),
                ('source', models.CharField(max_length=200)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'ordering': ['instrument', 'base', 'status', 'valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('rate_bp__lte', 10000)), name='tax_rule_rate'), models.CheckConstraint(condition=models.Q(('status__in', ['FILER', 'NON_FILER', 'NON_RESIDENT', 'EXEMPT', 'TREATY'])), name='tax_rule_status'), models.CheckConstraint(condition=models.Q(('instrument__in', ['MTB', 'PIB'])), name='tax_rule_instrument'), models.CheckConstraint(condition=models.Q(('base__in', ['COUPON', 'FACE_LESS_COST'])), name='tax_rule_base'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='tax_rule_source'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='tax_rule_period'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.Func(models.Func(models.F('status'), models.Func(models.F('instrument'), models.F('base'), function='textcat'), function='textcat'), models.Value(0), function='hashtextextended'), models.Func(models.Func(models.F('status'), models.Func(models.F('instrument'), models.F('base'), function='textcat'), function='textcat'), models.Value(0), function='hashtextextended'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('valid_from'), models.F('valid_until'), function='daterange'), '&&')], name='tax_rule_one_at_a_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='tax_rule_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='59d5de60aff3957d3d1212f43642acfca10388bb', operation='DELETE', pgid='pgtrigger_tax_rule_is_kept_no_delete_a5bc2', table='servicing_taxrule', when='BEFORE')), pgtrigger.compiler.Trigger(name='tax_rule_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d592ea0418bdb950703f37fdfea76b57eaba2564', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_tax_rule_is_kept_no_truncate_a7f6c', table='servicing_taxrule', when='BEFORE')), pgtrigger.compiler.Trigger(name='tax_rule_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.valid_until IS NOT NULL OR OLD.status IS DISTINCT FROM NEW.status OR OLD.instrument IS DISTINCT FROM NEW.instrument OR OLD.base IS DISTINCT FROM NEW.base OR OLD.rate_bp IS DISTINCT FROM NEW.rate_bp OR OLD.source IS DISTINCT FROM NEW.source OR OLD.valid_from IS DISTINCT FROM NEW.valid_from OR OLD.approval_id IS DISTINCT FROM NEW.approval_id THEN\n                RAISE EXCEPTION 'tax_rule_is_fixed: a rule of a period keeps what it says; only its open end is set, once'\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='7dab6ed01f82d992c1492a5ee9b9cac66016f836', operation='UPDATE', pgid='pgtrigger_tax_rule_is_fixed_6e18e', table='servicing_taxrule', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Entitlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entitlements', to='servicing.servicingevent')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.wallet')),
                ('party', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entitlements', to='identity.party')),
                ('units', models.BigIntegerField()),
                ('disputed_units', models.BigIntegerField(default=0)),
                ('gross_minor', tokenization.kernel.fields.MinorField()),
                ('base_minor', tokenization.kernel.fields.MinorField(default=0)),
                ('tax_status', models.CharField(blank=True, max_length=16)),
                ('tax_rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.taxrule')),
                ('tax_minor', tokenization.kernel.fields.MinorField(default=0)),
                ('net_minor', tokenization.kernel.fields.MinorField()),
                ('suspense_minor', tokenization.kernel.fields.MinorField(default=0)),
                ('burn_instruction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entitlement', to='instructions.instruction')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('event', 'wallet'), name='entitlement_once'), models.CheckConstraint(condition=models.Q(('base_minor__gte', 0), ('disputed_units__gte', 0), ('tax_minor__gte', 0), ('units__gte', 0), ('net_minor__gte', 0), ('suspense_minor__gte', 0)), name='entitlement_not_negative'), models.CheckConstraint(condition=models.Q(('gross_minor', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('net_minor'), '+', models.F('tax_minor')), '+', models.F('suspense_minor')))), name='entitlement_gross'), models.CheckConstraint(condition=models.Q(('party__isnull', False), models.Q(('net_minor', 0), ('tax_minor', 0)), _connector='OR'), name='entitlement_of_party_or_nobody'), models.CheckConstraint(condition=models.Q(('tax_minor', 0), models.Q(('tax_minor__lte', models.F('base_minor')), ('tax_rule__isnull', False)), _connector='OR'), name='entitlement_tax_by_rule'), models.CheckConstraint(condition=models.Q(('burn_instruction__isnull', True), ('units__gt', 0), _connector='OR'), name='entitlement_burns_units')],
                'triggers': [pgtrigger.compiler.Trigger(name='entitlement_is_fixed_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='3b0f662a9c83b6c441c6288fe6ef56c159de0344', operation='UPDATE OR DELETE', pgid='pgtrigger_entitlement_is_fixed_no_change_a6969', table='servicing_entitlement', when='BEFORE')), pgtrigger.compiler.Trigger(name='entitlement_is_fixed_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='94c89b179397eb28915d798685421db379022b68', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_entitlement_is_fixed_no_truncate_4665d', table='servicing_entitlement', when='BEFORE')), pgtrigger.compiler.Trigger(name='entitlement_as_of_the_record', sql=tokenization.kernel.triggers.GuardSql(func="\n    PERFORM 1 FROM servicing_servicingevent WHERE id IN (SELECT event_id FROM added) ORDER BY id FOR SHARE;\n    IF EXISTS (SELECT 1 FROM servicing_servicingevent WHERE id IN (SELECT event_id FROM added) AND state <> 'OPEN') THEN\n        RAISE EXCEPTION 'entitlement_as_of_the_record: nobody is added once the record is written'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='b349a66e7c38870589272344cb0e2e5b3a2f6219', level='STATEMENT', operation='INSERT', pgid='pgtrigger_entitlement_as_of_the_record_45050', referencing='REFERENCING NEW TABLE AS added ', table='servicing_entitlement', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Funding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fundings', to='servicing.servicingevent')),
                ('medium', models.CharField(choices=[('BANK', 'bank money'), ('TOKEN', 'cash tokens')], default='BANK', max_length=5)),
                ('bank_reference', models.CharField(max_length=64)),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('cash_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('medium__in', ('BANK', 'TOKEN'))), name='funding_medium'), models.UniqueConstraint(condition=models.Q(('medium', 'TOKEN')), fields=('event',), name='funding_in_tokens_once'), models.UniqueConstraint(fields=('event', 'bank_reference'), name='funding_once_per_reference'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='funding_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='a957a19f290d00e994c54e1a9cbbd356b96adb0e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_20299', table='servicing_funding', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c0320f70aef16500f3a800a69bc721bb4fec7350', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_cec9e', table='servicing_funding', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entitlement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='payment', to='servicing.entitlement')),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('channel', models.CharField(choices=[('BANK', 'bank account'), ('CHAIN', 'wallet'), ('RESERVE', 'unclaimed')], max_length=8)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='servicing.bankaccount')),
                ('number', models.BigIntegerField(null=True)),
                ('valid_until', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('PREPARED', 'Prepared'), ('DUE', 'Due'), ('RESERVED', 'Reserved'), ('PAID', 'Paid')], default='PREPARED', max_length=16)),
                ('bank_reference', models.CharField(blank=True, max_length=64)),
                ('cash_entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='settlement.cashentry')),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'channel'], name='payment_by_state'), models.Index(condition=models.Q(('number__isnull', False)), fields=['number'], name='payment_by_number')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['DUE', 'PAID', 'PREPARED', 'RESERVED'])), name='payment_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='payment_positive'), models.CheckConstraint(condition=models.Q(('channel__in', ['CHAIN', 'RESERVE']), models.Q(('account__isnull', False), ('channel', 'BANK')), _connector='OR'), name='payment_channel'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'CHAIN'), _negated=True), ('state', 'PREPARED'), ('number__isnull', False), _connector='OR'), name='payment_on_chain_has_number'), models.CheckConstraint(condition=models.Q(models.Q(('cash_entry__isnull', True), ('state__in', ['PREPARED', 'DUE'])), models.Q(models.Q(('state__in', ['PREPARED', 'DUE']), _negated=True), ('cash_entry__isnull', False)), _connector='OR'), name='payment_settled_has_entry'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'PAID'), _negated=True), models.Q(('bank_reference', ''), _negated=True), ('channel', 'CHAIN'), _connector='OR'), name='payment_paid_has_reference')],
                'triggers': [pgtrigger.compiler.Trigger(name='payment_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6a215afd7b34eaa49a1e9dd21591d32a77ceb4e5', operation='DELETE', pgid='pgtrigger_payment_is_kept_no_delete_50f48', table='servicing_payment', when='BEFORE')), pgtrigger.compiler.Trigger(name='payment_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='29517057a4d2c617d62745764ac188b5002c28c5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_payment_is_kept_no_truncate_2299e', table='servicing_payment', when='BEFORE')), pgtrigger.compiler.Trigger(name='payment_is_what_is_due', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF EXISTS (\n        SELECT 1 FROM added p JOIN servicing_entitlement e ON e.id = p.entitlement_id\n        JOIN servicing_servicingevent v ON v.id = e.event_id\n        WHERE p.state <> 'PREPARED' OR e.net_minor <> p.amount_minor OR v.state <> 'RECORDED'\n    ) THEN\n        RAISE EXCEPTION 'payment_is_what_is_due: a payment begins as PREPARED, of the entitlement''s net amount'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='949d35eb31929f8f50509180b5736c4803df4c60', level='STATEMENT', operation='INSERT', pgid='pgtrigger_payment_is_what_is_due_cd7f3', referencing='REFERENCING NEW TABLE AS added ', table='servicing_payment', when='AFTER')), pgtrigger.compiler.Trigger(name='payment_moves_once', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.state = 'PAID' OR OLD.entitlement_id IS DISTINCT FROM NEW.entitlement_id OR OLD.amount_minor IS DISTINCT FROM NEW.amount_minor\n       OR (OLD.number IS NOT NULL AND OLD.number IS DISTINCT FROM NEW.number)\n       OR (NEW.state = 'PREPARED' AND OLD.state <> 'PREPARED')\n       OR (OLD.state <> 'PREPARED' AND OLD.channel IS DISTINCT FROM NEW.channel AND NOT (OLD.channel = 'CHAIN' AND NEW.channel <> 'CHAIN'))\n       OR (OLD.cash_entry_id IS NOT NULL AND OLD.state <> 'RESERVED' AND OLD.cash_entry_id IS DISTINCT FROM NEW.cash_entry_id) THEN\n        RAISE EXCEPTION 'payment_moves_once: a payment keeps its amount, leaves its channel once, and is paid once'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='6f68803bafd12a312e0fef93e18f4d952a8043c3', operation='UPDATE', pgid='pgtrigger_payment_moves_once_99dc5', table='servicing_payment', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ServicingCursor',
            fields=[
                ('only', models.BooleanField(default=True, primary_key=True, serialize=False)),
                ('log_id', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='servicing_cursor_single')],
                'triggers': [pgtrigger.compiler.Trigger(name='servicing_cursor_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='54da0a4d64ef30a1cb8e8a766fca2658abfe7076', operation='DELETE', pgid='pgtrigger_servicing_cursor_no_delete_fb054', table='servicing_servicingcursor', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_cursor_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6ef442c19e980ba184261cf60978ed44f04c5a79', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_servicing_cursor_no_truncate_bbd74', table='servicing_servicingcursor', when='BEFORE')), pgtrigger.compiler.Trigger(name='servicing_cursor_only_rises', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.log_id < OLD.log_id)', func="\n                    RAISE EXCEPTION 'servicing_cursor_only_rises: servicing never reads backwards'\n                        USING ERRCODE = 'restrict_violation';\n                ", hash='b2dc7ed40803784f3575e039f3eb3e7fce9b5098', operation='UPDATE', pgid='pgtrigger_servicing_cursor_only_rises_aa466', table='servicing_servicingcursor', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='TaxStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tax_statuses', to='identity.party')),
                ('status', models.CharField(choices=[('FILER', 'Filer'), ('NON_FILER', 'Non-filer'), ('NON_RESIDENT', 'Non-resident account'), ('EXEMPT', 'Exempt body'), ('TREATY', 'Under a treaty')], max_length=16)),
                ('source', models.CharField(max_length=200)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'verbose_name_plural': 'tax statuses',
                'ordering': ['party', 'valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['FILER', 'NON_FILER', 'NON_RESIDENT', 'EXEMPT', 'TREATY'])), name='tax_status_known'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='tax_status_source'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='tax_status_period'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('party'), models.F('party'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('valid_from'), models.F('valid_until'), function='daterange'), '&&')], name='tax_status_one_at_a_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='tax_status_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6de97f27229cad1807677a613d05667dc3622939', operation='DELETE', pgid='pgtrigger_tax_status_is_kept_no_delete_2cad5', table='servicing_taxstatus', when='BEFORE')), pgtrigger.compiler.Trigger(name='tax_status_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d26f6c610b35fb2684fc61ab4df44c10a37784ec', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_tax_status_is_kept_no_truncate_2fc19', table='servicing_taxstatus', when='BEFORE')), pgtrigger.compiler.Trigger(name='tax_status_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.valid_until IS NOT NULL OR OLD.party_id IS DISTINCT FROM NEW.party_id OR OLD.status IS DISTINCT FROM NEW.status OR OLD.source IS DISTINCT FROM NEW.source OR OLD.valid_from IS DISTINCT FROM NEW.valid_from OR OLD.approval_id IS DISTINCT FROM NEW.approval_id THEN\n                RAISE EXCEPTION 'tax_status_is_fixed: a rule of a period keeps what it says; only its open end is set, once'\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='382a929602c580d7dbd459d33623693a6c600206', operation='UPDATE', pgid='pgtrigger_tax_status_is_fixed_2ded8', table='servicing_taxstatus', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='TaxReversal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entitlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='servicing.entitlement')),
                ('status', models.CharField(choices=[('FILER', 'Filer'), ('NON_FILER', 'Non-filer'), ('NON_RESIDENT', 'Non-resident account'), ('EXEMPT', 'Exempt body'), ('TREATY', 'Under a treaty')], max_length=16)),
                ('rate_bp', models.PositiveIntegerField()),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('reason', models.CharField(max_length=500)),
                ('cash_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='tax_reversal_positive'), models.CheckConstraint(condition=models.Q(('status__in', ['FILER', 'NON_FILER', 'NON_RESIDENT', 'EXEMPT', 'TREATY'])), name='tax_reversal_status'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='tax_reversal_reason')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c7972a201f0941d1621e72ae8164b6bf59bf8a69', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_45225', table='servicing_taxreversal', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='192cdcd6a2d1c518da5e39ad90d1214305e83fe5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_9b81e', table='servicing_taxreversal', when='BEFORE'))],
            },
        ),
    ]
