import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('indexer', '0001_initial'),
        ('instructions', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='tokenisation.tokencontract')),
                ('log', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='indexer.log')),
                ('leg', models.SmallIntegerField()),
                ('account', models.CharField(max_length=42)),
                ('units', tokenization.kernel.fields.Int256Field()),
                ('instruction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='instructions.instruction')),
                ('cause', models.CharField(choices=[('OWN_TRANSFER', "the holder's own transfer"), ('ISSUE', 'issue'), ('REDEEM', 'redemption'), ('ANNUL', 'annulment of undue units'), ('FORCED_TRANSFER', 'forced transfer'), ('RECOVERY', 'recovery'), ('UNEXPLAINED', 'no instruction explains it')], max_length=20)),
                ('block_number', models.BigIntegerField()),
                ('block_hash', tokenization.kernel.fields.HashField()),
                ('posted_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['token', 'account', 'block_number'], name='register_entry_as_of')],
                'constraints': [models.UniqueConstraint(fields=('log', 'leg'), name='register_leg_once'), models.CheckConstraint(condition=models.Q(('account__in', ('ISSUED', 'REDEEMED', 'ANNULLED', 'UNEXPLAINED')), ('account__regex', '^0x[0-9a-f]{40}$'), _connector='OR'), name='register_entry_account'), models.CheckConstraint(condition=models.Q(models.Q(('cause__in', ('ISSUE', 'REDEEM', 'ANNUL', 'FORCED_TRANSFER', 'RECOVERY')), _negated=True), ('instruction__isnull', False), _connector='OR'), name='register_cause_instructed')],
                'triggers': [pgtrigger.compiler.Trigger(name='entry_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='9830affab711f8796914422e3249b99fe89b9d9b', operation='UPDATE OR DELETE', pgid='pgtrigger_entry_kept_no_change_d78d5', table='register_entry', when='BEFORE')), pgtrigger.compiler.Trigger(name='entry_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ff821e87d9f6a93552b5f0646f5a67c209c9b57c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_entry_kept_no_truncate_541e8', table='register_entry', when='BEFORE')), pgtrigger.compiler.Trigger(name='entries_balance', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n                    IF (SELECT sum(e.units) FROM register_entry e WHERE e.log_id = NEW.log_id) <> 0 THEN\n                        RAISE EXCEPTION 'register: the entries of log % do not sum to zero', NEW.log_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='ab7faa4674c45d15a01beb77f2f42cb55ef9e7e3', operation='INSERT', pgid='pgtrigger_entries_balance_fbc45', table='register_entry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='Position',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='positions', to='tokenisation.tokencontract')),
                ('account', models.CharField(max_length=42)),
                ('units', tokenization.kernel.fields.Int256Field()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('token', 'account'), name='register_position_once'), models.CheckConstraint(condition=models.Q(('account__in', ('ISSUED', 'REDEEMED', 'ANNULLED', 'UNEXPLAINED')), ('account__regex', '^0x[0-9a-f]{40}$'), _connector='OR'), name='register_position_account'), models.CheckConstraint(condition=models.Q(('account__in', ('ISSUED', 'REDEEMED', 'ANNULLED', 'UNEXPLAINED')), ('units__gte', 0), _connector='OR'), name='register_wallet_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='RegisterCursor',
            fields=[
                ('only', models.BooleanField(default=True, primary_key=True, serialize=False)),
                ('log_id', models.BigIntegerField(default=0)),
                ('block_number', models.BigIntegerField(default=-1)),
                ('block_hash', tokenization.kernel.fields.HashField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='register_cursor_single')],
                'triggers': [pgtrigger.compiler.Trigger(name='cursor_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='4094effeea5cbec2dc1b4edece16f38d5969b400', operation='DELETE', pgid='pgtrigger_cursor_no_delete_45494', table='register_registercursor', when='BEFORE')), pgtrigger.compiler.Trigger(name='cursor_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0787e29c15b1ae50256619be16dafd1f2a07c89a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_cursor_no_truncate_cfc55', table='register_registercursor', when='BEFORE')), pgtrigger.compiler.Trigger(name='cursor_only_rises', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.log_id < OLD.log_id OR NEW.block_number < OLD.block_number)', func="\n                    RAISE EXCEPTION 'the register never reads backwards'\n                        USING ERRCODE = 'restrict_violation';\n                ", hash='baba6f12424a96daed2c9a687d8ea68da8a4af74', operation='UPDATE', pgid='pgtrigger_cursor_only_rises_f9a8a', table='register_registercursor', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='CapEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cap_entries', to='tokenisation.tokencontract')),
                ('log', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cap_entry', to='indexer.log')),
                ('kind', models.CharField(choices=[('RAISED', 'raised'), ('REDUCED', 'reduced')], max_length=10)),
                ('number', models.BigIntegerField()),
                ('issue_number', models.BigIntegerField()),
                ('units', tokenization.kernel.fields.Uint256Field()),
                ('registry_reference', models.CharField(blank=True, max_length=66)),
                ('instruction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cap_entries', to='instructions.instruction')),
                ('block_number', models.BigIntegerField()),
                ('posted_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'triggers': [pgtrigger.compiler.Trigger(name='cap_entry_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='eae874ae2871e403a6287dde0527f88f97221672', operation='UPDATE OR DELETE', pgid='pgtrigger_cap_entry_kept_no_change_d8a6d', table='register_capentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='cap_entry_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='2748c68e8b2a59be3cab56a9ebd1e368a45077d8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_cap_entry_kept_no_truncate_67c16', table='register_capentry', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='tokenisation.tokencontract')),
                ('log', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='dispute', to='indexer.log')),
                ('tx_hash', tokenization.kernel.fields.HashField()),
                ('wallet', tokenization.kernel.fields.AddressField()),
                ('units', tokenization.kernel.fields.Uint256Field()),
                ('remaining', tokenization.kernel.fields.Uint256Field()),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('ANNULLED', 'annulled by forced burn'), ('BURNED', 'burned otherwise')], default='OPEN', max_length=10)),
                ('annul_instruction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='annulled_disputes', to='instructions.instruction')),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('remaining__lte', models.F('units'))), name='register_dispute_remaining'), models.CheckConstraint(condition=models.Q(models.Q(('remaining__gt', 0), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('remaining', 0)), _connector='OR'), name='register_dispute_open_while_units'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ANNULLED'), _negated=True), ('annul_instruction__isnull', False), _connector='OR'), name='register_dispute_annulled_by')],
                'triggers': [pgtrigger.compiler.Trigger(name='dispute_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='bdc337d728890bda8446a194617169bc3ba93f79', operation='DELETE', pgid='pgtrigger_dispute_no_delete_8df00', table='register_dispute', when='BEFORE')), pgtrigger.compiler.Trigger(name='dispute_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='98f761c950f2ade6ab9125e68109679bba9ab142', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_dispute_no_truncate_89171', table='register_dispute', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='DisputeEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='register.dispute')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispute_entries', to='tokenisation.tokencontract')),
                ('log', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dispute_entries', to='indexer.log')),
                ('leg', models.SmallIntegerField()),
                ('wallet', tokenization.kernel.fields.AddressField()),
                ('units', tokenization.kernel.fields.Int256Field()),
                ('block_number', models.BigIntegerField()),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['token', 'wallet', 'block_number'], name='register_dispute_as_of')],
                'constraints': [models.UniqueConstraint(fields=('dispute', 'log', 'leg'), name='register_dispute_leg_once'), models.CheckConstraint(condition=models.Q(('units', 0), _negated=True), name='register_dispute_entry_units')],
                'triggers': [pgtrigger.compiler.Trigger(name='dispute_entry_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='3a07b19830fe6217818a140f385f66f34eb23e9b', operation='UPDATE OR DELETE', pgid='pgtrigger_dispute_entry_kept_no_change_f7e4b', table='register_disputeentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='dispute_entry_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='09de98f32c87a6ac1bfce290c4414d6d5add3b2e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_dispute_entry_kept_no_truncate_4b03d', table='register_disputeentry', when='BEFORE'))],
            },
        ),
    ]
