import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('series', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Auction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='auctions', to='series.series')),
                ('number', models.PositiveIntegerField()),
                ('rule', models.CharField(max_length=20)),
                ('target_minor', tokenization.kernel.fields.MinorField()),
                ('opens_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('settlement_date', models.DateField()),
                ('direct_categories', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('PRIMARY_DEALER', 'Primary dealer'), ('BANK', 'Bank'), ('FUND', 'Fund'), ('RESIDENT', 'Resident'), ('NON_RESIDENT', 'Non-resident'), ('PUBLIC_BODY', 'Public body'), ('DISTRIBUTOR', 'Distributor')], max_length=20), size=None)),
                ('state', models.CharField(choices=[('ALLOTTED', 'Allotted'), ('ANNOUNCED', 'Announced'), ('CANCELLED', 'Cancelled'), ('CLOSED', 'Closed'), ('DRAFT', 'Draft'), ('REJECTED', 'Rejected')], default='DRAFT', max_length=10)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-closes_at', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['ALLOTTED', 'ANNOUNCED', 'CANCELLED', 'CLOSED', 'DRAFT', 'REJECTED'])), name='auction_state'), models.UniqueConstraint(fields=('series', 'number'), name='auction_number_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='auction_number_from_one'), models.CheckConstraint(condition=models.Q(('target_minor__gt', 0)), name='auction_target_positive'), models.CheckConstraint(condition=models.Q(('opens_at__lt', models.F('closes_at'))), name='auction_opens_before_it_closes'), models.CheckConstraint(condition=models.Q(('closes_at', models.Func(models.F('closes_at'), output_field=models.DateTimeField(), template="date_trunc('milliseconds', %(expressions)s)")), ('opens_at', models.Func(models.F('opens_at'), output_field=models.DateTimeField(), template="date_trunc('milliseconds', %(expressions)s)"))), name='auction_times_to_the_millisecond'), models.CheckConstraint(condition=models.Q(('direct_categories__contained_by', ['PRIMARY_DEALER', 'BANK', 'FUND', 'RESIDENT', 'NON_RESIDENT', 'PUBLIC_BODY', 'DISTRIBUTOR']), ('direct_categories__len__gt', 0)), name='auction_direct_categories_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__gte', models.F('closes_at')), ('closed_at__isnull', False), ('state__in', ('CLOSED', 'ALLOTTED', 'REJECTED'))), models.Q(models.Q(('state__in', ('CLOSED', 'ALLOTTED', 'REJECTED')), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='auction_closed_in_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='auction_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='187d8fc09a15ead23b72639facdb0d2076f01a63', operation='DELETE', pgid='pgtrigger_auction_no_delete_f5fd0', table='auction_auction', when='BEFORE')), pgtrigger.compiler.Trigger(name='auction_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5b668ea040646105aec89f686f8cc75656da9670', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_auction_no_truncate_b8dd2', table='auction_auction', when='BEFORE')), pgtrigger.compiler.Trigger(name='auction_terms_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.state <> 'DRAFT' AND (NEW.state = 'DRAFT' OR OLD.series_id IS DISTINCT FROM NEW.series_id OR OLD.number IS DISTINCT FROM NEW.number OR OLD.rule IS DISTINCT FROM NEW.rule OR OLD.target_minor IS DISTINCT FROM NEW.target_minor OR OLD.opens_at IS DISTINCT FROM NEW.opens_at OR OLD.closes_at IS DISTINCT FROM NEW.closes_at OR OLD.settlement_date IS DISTINCT FROM NEW.settlement_date OR OLD.direct_categories IS DISTINCT FROM NEW.direct_categories) THEN\n                RAISE EXCEPTION 'auction_terms_frozen: the terms of % % are approved and never change', TG_TABLE_NAME, OLD.id\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'auction_terms_frozen';\n            END IF;\n            RETURN NEW;\n        ", hash='b3a021c192d7b89cb9efcf7b646896db3a782ced', operation='UPDATE', pgid='pgtrigger_auction_terms_frozen_8cef0', table='auction_auction', when='BEFORE'))],
            },
        ),
    ]
