import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('RUN', 'run'), ('REPORT', 'report of the run'), ('PACK', 'evidence pack of the run'), ('BREAK', 'break'), ('FIGURE', 'what a figure of the run is made of'), ('SAMPLE', 'sample drawn from the run'), ('RECORD', 'record'), ('FILE', 'file')], max_length=6)),
                ('number', models.BigIntegerField()),
                ('who', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
                ('note', models.CharField(blank=True, db_default='', default='', max_length=200)),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'indexes': [models.Index(fields=['number', 'what', '-id'], name='look_at')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='80f4c9863b2e792ae80749d557acaf0a3d47a428', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_0328b', table='assurance_look', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d335dd4ea87892253bd27a0cf6f997674f094e9d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_4e9fd', table='assurance_look', when='BEFORE'))],
            },
        ),
    ]
