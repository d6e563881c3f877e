import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('identity', '0001_initial'),
        ('programme', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='series', to='programme.programme')),
                ('isin', models.CharField(max_length=12, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('short_name', models.CharField(max_length=35)),
                ('kind', models.CharField(choices=[('MTB', 'Market treasury bill'), ('PIB', 'Pakistan investment bond'), ('RESERVE', 'Reserve-backed token')], max_length=10)),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('denomination_minor', tokenization.kernel.fields.MinorField()),
                ('issue_date', models.DateField()),
                ('maturity_date', models.DateField()),
                ('tenor_days', models.PositiveIntegerField()),
                ('ceiling_units', models.BigIntegerField()),
                ('convention', models.CharField(max_length=20)),
                ('calendar', models.CharField(max_length=20)),
                ('record_zone', models.CharField(max_length=40)),
                ('legal_record', models.CharField(choices=[('TOKEN_REGISTER', 'The token register'), ('NOMINEE', "A nominee's omnibus account"), ('MIRROR', "Each holder's depository account, mirrored"), ('PARALLEL', 'Parallel run, depository first')], max_length=20)),
                ('legal_instrument', models.CharField(max_length=200)),
                ('coupon_pct', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=9)),
                ('first_coupon_date', models.DateField(null=True)),
                ('payment_currency', tokenization.kernel.fields.CurrencyField()),
                ('claim', models.CharField(blank=True, choices=[('OWNERSHIP', 'Ownership of a share of the stored commodity'), ('SECURED_DEBT', 'A debt secured by the stored commodity'), ('DELIVERY', 'A right to delivery of the commodity')], max_length=12)),
                ('margin_bps', models.PositiveSmallIntegerField(default=0)),
                ('state', models.CharField(choices=[('APPROVED', 'Approved'), ('CLOSED', 'Closed'), ('DRAFT', 'Draft'), ('LIVE', 'Live'), ('MATURED', 'Matured')], default='DRAFT', max_length=10)),
            ],
            options={
                'verbose_name_plural': 'series',
                'ordering': ['maturity_date', 'isin'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['APPROVED', 'CLOSED', 'DRAFT', 'LIVE', 'MATURED'])), name='series_state'), models.CheckConstraint(condition=models.Q(('isin__regex', '^[A-Z]{2}[A-Z0-9]{9}[0-9]$')), name='series_isin_shape'), models.CheckConstraint(condition=models.Q(('denomination_minor__gt', 0)), name='series_denomination_positive'), models.CheckConstraint(condition=models.Q(('ceiling_units__gt', 0)), name='series_ceiling_positive'), models.CheckConstraint(condition=models.Q(('issue_date__lt', models.F('maturity_date'))), name='series_dates'), models.CheckConstraint(condition=models.Q(('legal_record__in', ['TOKEN_REGISTER', 'NOMINEE', 'MIRROR', 'PARALLEL'])), name='series_legal_record'), models.CheckConstraint(condition=models.Q(('kind__in', ['MTB', 'PIB', 'RESERVE'])), name='series_kind'), models.CheckConstraint(condition=models.Q(models.Q(('coupon_pct', 0), ('first_coupon_date__isnull', True)), models.Q(('coupon_pct__gt', 0), ('kind', 'PIB')), _connector='OR'), name='series_coupon_of_a_bond'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind', 'RESERVE'), _negated=True), models.Q(('convention', 'UNIT-PRICE'), _negated=True), models.Q(('currency__in', ['OIL', 'XAG', 'XAU']), _negated=True), ('claim', ''), ('margin_bps', 0), ('payment_currency', models.F('currency'))), models.Q(models.Q(('currency__in', ['OIL', 'XAG', 'XAU'])), models.Q(('payment_currency__in', ['OIL', 'XAG', 'XAU']), _negated=True), ('claim__in', ['OWNERSHIP', 'SECURED_DEBT', 'DELIVERY']), ('convention', 'UNIT-PRICE'), ('kind', 'RESERVE'), ('margin_bps__lt', 10000)), _connector='OR'), name='series_kind_counts')],
                'triggers': [pgtrigger.compiler.Trigger(name='series_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e8eb4506bbc5f6f155765a5cf5f11d92e9c3121e', operation='DELETE', pgid='pgtrigger_series_no_delete_9ec5b', table='series_series', when='BEFORE')), pgtrigger.compiler.Trigger(name='series_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='bdd0f1d24c7f15efcd3d72c54d16b9da647d34fb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_series_no_truncate_9b24f', table='series_series', when='BEFORE')), pgtrigger.compiler.Trigger(name='series_terms_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR OLD.programme_id IS DISTINCT FROM NEW.programme_id OR OLD.isin IS DISTINCT FROM NEW.isin OR OLD.name IS DISTINCT FROM NEW.name OR OLD.short_name IS DISTINCT FROM NEW.short_name OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.denomination_minor IS DISTINCT FROM NEW.denomination_minor OR OLD.issue_date IS DISTINCT FROM NEW.issue_date OR OLD.maturity_date IS DISTINCT FROM NEW.maturity_date OR OLD.tenor_days IS DISTINCT FROM NEW.tenor_days OR OLD.ceiling_units IS DISTINCT FROM NEW.ceiling_units OR OLD.convention IS DISTINCT FROM NEW.convention OR OLD.calendar IS DISTINCT FROM NEW.calendar OR OLD.record_zone IS DISTINCT FROM NEW.record_zone OR OLD.legal_record IS DISTINCT FROM NEW.legal_record OR OLD.legal_instrument IS DISTINCT FROM NEW.legal_instrument OR OLD.coupon_pct IS DISTINCT FROM NEW.coupon_pct OR OLD.first_coupon_date IS DISTINCT FROM NEW.first_coupon_date OR OLD.payment_currency IS DISTINCT FROM NEW.payment_currency OR OLD.claim IS DISTINCT FROM NEW.claim OR OLD.margin_bps IS DISTINCT FROM NEW.margin_bps) THEN\n                RAISE EXCEPTION 'series_terms_frozen: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'series_terms_frozen';\n            END IF;\n            RETURN NEW;\n        ", hash='b5b882ab30308f2bc080d75906393a98556c6b0b', operation='UPDATE', pgid='pgtrigger_series_terms_frozen_5e78a', table='series_series', when='BEFORE')), pgtrigger.compiler.Trigger(name='series_conditions_met', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE missing text;', func="\n            IF NEW.kind <> 'RESERVE' OR NEW.state IN ('DRAFT', 'CLOSED')\n                OR (TG_OP = 'UPDATE' AND OLD.state <> 'DRAFT' AND OLD.kind = 'RESERVE') THEN\n                RETURN NEW;\n            END IF;\n            SELECT concat_ws(', ',\n                CASE WHEN coalesce(sum(c.share_bp) FILTER (WHERE c.kind = 'TITLE'), 0) <> 10000\n                    THEN 'titles to all of it' END,\n                CASE WHEN count(*) FILTER (WHERE c.kind = 'CONSENT') = 0 THEN 'a consent' END,\n                CASE WHEN count(*) FILTER (WHERE c.kind = 'LENDER_CLEARANCE') = 0 THEN 'a lenders'' clearance' END)\n            INTO missing \n    FROM conditions_conditionprecedent c WHERE c.series_id = NEW.id AND NOT EXISTS (\n        SELECT 1 FROM conditions_conditionprecedent later WHERE later.replaces_id = c.id\n    )\n;\n            IF missing <> '' THEN\n                RAISE EXCEPTION 'series_conditions_met: series % lacks %', NEW.id, missing\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'series_conditions_met';\n            END IF;\n            RETURN NEW;\n        ", hash='489c7ce6c1006882a0bbad28ab47ccad31bf1e6a', operation='INSERT OR UPDATE', pgid='pgtrigger_series_conditions_met_18a66', table='series_series', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='TermSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='term_sheets', to='series.series')),
                ('version', models.PositiveIntegerField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('sha256', tokenization.kernel.fields.HashField()),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'ordering': ['series', 'version'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('series', 'version'), name='term_sheet_version_once'), models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='term_sheet_version_from_one')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='9e79ba22d72fbe35959e77927d887ba124067395', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_02196', table='series_termsheet', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='cc96d01118b6c8670644c7bdd84281d6d098d081', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_b7bee', table='series_termsheet', when='BEFORE'))],
            },
        ),
    ]
