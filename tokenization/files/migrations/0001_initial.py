import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
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
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', tokenization.kernel.fields.HashField(unique=True)),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=100)),
                ('size', models.BigIntegerField()),
                ('content', models.BinaryField()),
                ('stored_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stored_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('size', models.Func('content', function='octet_length', output_field=models.BigIntegerField()))), name='stored_file_size'), models.CheckConstraint(condition=models.Q(('sha256', models.Func('content', output_field=models.TextField(), template="('0x' || encode(sha256(%(expressions)s), 'hex'))"))), name='stored_file_content_matches_hash')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='79587aa9834e3d7caecf7117dad930e7742f7f77', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_c5d9c', table='files_storedfile', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='46722590f0600b4e8a676ea0648643ab67e35a57', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_28744', table='files_storedfile', when='BEFORE'))],
            },
        ),
    ]
