import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar', models.CharField(max_length=20)),
                ('day', models.DateField()),
                ('is_business', models.BooleanField()),
                ('reason', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'ordering': ['calendar', 'day', 'id'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='calendar_override_says_why')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d5452d16445e6f83a7286a551bc7e5990e17ed04', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_bca42', table='calendar_calendaroverride', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d95d916f96faff88d7f3cb28f0a54059c7c79ad0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_1e838', table='calendar_calendaroverride', when='BEFORE'))],
            },
        ),
    ]
