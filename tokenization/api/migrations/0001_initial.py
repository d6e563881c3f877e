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
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=80)),
                ('secret_hash', tokenization.kernel.fields.HashField(unique=True)),
                ('may_write', models.BooleanField()),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField(help_text='Wall time, as are the other two')),
                ('valid_until', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gt', models.F('made_at'))), name='api_token_ends_after_it_began'), models.CheckConstraint(condition=models.Q(('revoked_at__isnull', True), ('revoked_at__gte', models.F('made_at')), _connector='OR'), name='api_token_revoked_later')],
                'triggers': [pgtrigger.compiler.Trigger(name='api_token_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='1d7a1ef977bb977b860343fb71fe81af08505e76', operation='DELETE', pgid='pgtrigger_api_token_no_delete_cea12', table='api_apitoken', when='BEFORE')), pgtrigger.compiler.Trigger(name='api_token_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='17b5658f234396a8a180a44bc0fbd8b79805d0a8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_api_token_no_truncate_cbabb', table='api_apitoken', when='BEFORE')), pgtrigger.compiler.Trigger(name='api_token_revoked_once', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF to_jsonb(OLD) - 'revoked_at' <> to_jsonb(NEW) - 'revoked_at' OR OLD.revoked_at IS NOT NULL THEN\n        RAISE EXCEPTION 'api_token_revoked_once: a token changes nothing but its end, and that once'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'api_token_revoked_once';\n    END IF;\n    RETURN NEW;\n", hash='9073bb8e99b8a91cf421f24e8ff58be98e1e355f', operation='UPDATE', pgid='pgtrigger_api_token_revoked_once_6ccbd', table='api_apitoken', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='FirstAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('key', models.CharField(max_length=100)),
                ('request_hash', tokenization.kernel.fields.HashField()),
                ('status', models.PositiveSmallIntegerField()),
                ('body', models.TextField(help_text='JSON, as sent')),
                ('made_at', models.DateTimeField(help_text='Wall time, as is the other')),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='first_answer_once'), models.CheckConstraint(condition=models.Q(('key__regex', '^[!-~]{1,100}$')), name='first_answer_key_plain'), models.CheckConstraint(condition=models.Q(('status__gte', 200), ('status__lt', 300)), name='first_answer_of_an_effect'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='first_answer_expires_later')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='763b60137c80a9d88c57808a428f7c0852aea37e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_b4ac6', table='api_firstanswer', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='34ef20d62d36fe4a47df077afa4bd5336afada8d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_aaa7a', table='api_firstanswer', when='BEFORE'))],
            },
        ),
    ]
