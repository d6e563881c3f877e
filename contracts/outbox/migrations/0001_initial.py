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
            name='Chain',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('chain_id', models.BigIntegerField()),
                ('genesis_hash', tokenization.kernel.fields.HashField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='outbox_chain_one_row')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_chain_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='385f385d48d307390365d4a32a1dc2fc3395a6cc', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_chain_no_change_6b78d', table='outbox_chain', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_chain_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b4b799a167361e41e9185a5892091161909f44ad', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_chain_no_truncate_650c1', table='outbox_chain', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Signer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32, unique=True)),
                ('key', models.CharField(help_text='The name of the key inside the signer process.', max_length=32)),
                ('address', tokenization.kernel.fields.AddressField(help_text='Told by the signer process; empty until it was asked.', null=True, unique=True)),
                ('next_nonce', models.BigIntegerField(default=0)),
                ('epoch', models.BigIntegerField(default=0)),
                ('trouble', models.TextField(blank=True, default='', help_text='Why the last pass could not go on, in words.')),
                ('trouble_since', models.DateTimeField(null=True)),
                ('passed_at', models.DateTimeField(help_text='When a sender last worked for this key.', null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('next_nonce__gte', 0)), name='outbox_signer_nonce_positive'), models.CheckConstraint(condition=models.Q(('epoch__gte', 0)), name='outbox_signer_epoch_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_signer_forward', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.next_nonce < OLD.next_nonce OR NEW.epoch < OLD.epoch OR (OLD.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address) OR NEW.name <> OLD.name OR NEW.key <> OLD.key)', func="RAISE EXCEPTION 'outbox_signer_forward: nonce and epoch only rise, names never change';", hash='4ef51fab72466d4edaa55d346da9b79db1d1aa15', operation='UPDATE', pgid='pgtrigger_outbox_signer_forward_8413f', table='outbox_signer', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_signer_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5625a2a4c90a888e5301a045c5834ee5212086ee', operation='DELETE', pgid='pgtrigger_outbox_signer_no_delete_3c196', table='outbox_signer', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_signer_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='3ab217c65e87666566bac23f93ae90171a8099fa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_signer_no_truncate_f641b', table='outbox_signer', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(help_text='A word for machines: CHAIN_BEHIND, NONCE_AHEAD, ...', max_length=64)),
                ('signer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='halts', to='outbox.signer')),
                ('message', models.TextField(help_text='What was found, in words.')),
                ('what_to_do', models.TextField()),
                ('opened_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
                ('cleared_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('cleared_at__isnull', True)), fields=('reason', 'signer'), name='outbox_halt_open_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('cleared_at__isnull', True), ('cleared_by__isnull', True)), models.Q(('cleared_at__gte', models.F('opened_at')), ('cleared_at__isnull', False), ('cleared_by__isnull', False)), _connector='OR'), name='outbox_halt_cleared_by_somebody')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_halt_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='389ff6d0ecfff9f33b42073022469bd1df0b73fd', operation='DELETE', pgid='pgtrigger_outbox_halt_no_delete_1859f', table='outbox_halt', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_halt_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6954731fd942c404cadfd51d62217425897daf1c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_halt_no_truncate_dca51', table='outbox_halt', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Intent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True)),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='intents', to='outbox.signer')),
                ('to', tokenization.kernel.fields.AddressField(help_text='Empty: creates a contract.', null=True)),
                ('data', models.BinaryField()),
                ('value', tokenization.kernel.fields.Uint256Field(default=0)),
                ('body_hash', tokenization.kernel.fields.HashField()),
                ('artifact', models.CharField(max_length=64)),
                ('function', models.CharField(max_length=64)),
                ('description', models.TextField(help_text='The call in words, for officers.')),
                ('numbered_by', tokenization.kernel.fields.AddressField(help_text='The contract whose counter gave the items their numbers.', null=True)),
                ('deadline', models.DateTimeField(help_text='In chain time: later than this it is no longer tried.', null=True)),
                ('split_from', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='outbox.intent')),
                ('created_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('QUEUED', 'waits for its turn'), ('NUMBERED', 'has its nonce'), ('SIGNED', 'signed and stored'), ('BROADCAST', 'with the network'), ('MINED', 'in a block'), ('FINAL', 'final'), ('SPLIT', 'split into smaller ones, no nonce spent'), ('REJECTED', 'given up, nothing happened on chain'), ('REVERTED', 'the contract refused it in a final block'), ('CANCELLED', 'withdrawn by two persons'), ('STUCK', 'needs a person')], default='QUEUED', max_length=9)),
                ('reason', models.TextField(blank=True, default='', help_text='Why it waits or how it ended, in words.')),
                ('gas_estimate', models.BigIntegerField(null=True)),
                ('cancel_approval', models.CharField(blank=True, default='', help_text='Approval that withdraws it.', max_length=64)),
                ('tried_block', models.BigIntegerField(help_text='Head block of the last dry run that failed.', null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ('FINAL', 'SPLIT', 'REJECTED', 'REVERTED', 'CANCELLED')), _negated=True), fields=['signer', 'id'], name='outbox_intent_open'), models.Index(fields=['state'], name='outbox_intent_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['QUEUED', 'NUMBERED', 'SIGNED', 'BROADCAST', 'MINED', 'FINAL', 'SPLIT', 'REJECTED', 'REVERTED', 'CANCELLED', 'STUCK'])), name='outbox_intent_state_known'), models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='outbox_intent_key_given'), models.CheckConstraint(condition=models.Q(('split_from__isnull', True), models.Q(('split_from', models.F('id')), _negated=True), _connector='OR'), name='outbox_intent_not_own_part')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_intent_body_fixed', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD."key" IS DISTINCT FROM NEW."key" OR OLD."signer_id" IS DISTINCT FROM NEW."signer_id" OR OLD."to" IS DISTINCT FROM NEW."to" OR OLD."data" IS DISTINCT FROM NEW."data" OR OLD."value" IS DISTINCT FROM NEW."value" OR OLD."body_hash" IS DISTINCT FROM NEW."body_hash" OR OLD."artifact" IS DISTINCT FROM NEW."artifact" OR OLD."function" IS DISTINCT FROM NEW."function" OR OLD."description" IS DISTINCT FROM NEW."description" OR OLD."numbered_by" IS DISTINCT FROM NEW."numbered_by" OR OLD."deadline" IS DISTINCT FROM NEW."deadline" OR OLD."split_from_id" IS DISTINCT FROM NEW."split_from_id" OR OLD."created_at" IS DISTINCT FROM NEW."created_at")', func="RAISE EXCEPTION 'outbox_intent_body_fixed: what an intent does never changes';", hash='83f9509f5d0400459b081a5d43a2097d4e733623', operation='UPDATE', pgid='pgtrigger_outbox_intent_body_fixed_95aca', table='outbox_intent', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_intent_ended', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (OLD.state IN ('FINAL', 'SPLIT', 'REJECTED', 'REVERTED', 'CANCELLED') AND NEW.state <> OLD.state)", func="RAISE EXCEPTION 'outbox_intent_ended: % never moves', OLD.state;", hash='930b8f9ec03cf694a63dbeb0e7b54b6de8d129ba', operation='UPDATE', pgid='pgtrigger_outbox_intent_ended_ffb13', table='outbox_intent', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_intent_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='765b819ad9bc233e3be2d24f954dafcc5637bfaa', operation='DELETE', pgid='pgtrigger_outbox_intent_no_delete_b7b18', table='outbox_intent', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_intent_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0b90ed181648d9cfe1ffad9af39ca421c0f4f791', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_intent_no_truncate_87932', table='outbox_intent', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='IntentAfter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='after', to='outbox.intent')),
                ('prerequisite', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='outbox.intent')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('intent', 'prerequisite'), name='outbox_after_once'), models.CheckConstraint(condition=models.Q(('intent', models.F('prerequisite')), _negated=True), name='outbox_after_not_itself')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_after_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e93bac5c55279a97f80af888456ea4d036d8c566', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_after_no_change_4651a', table='outbox_intentafter', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_after_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ced85731a50e190924a95576bb676d7137152809', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_after_no_truncate_01f22', table='outbox_intentafter', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='IntentItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='outbox.intent')),
                ('position', models.PositiveIntegerField()),
                ('contract', tokenization.kernel.fields.AddressField(help_text='Whose counter gave the number: the token.')),
                ('number', models.BigIntegerField(help_text="0: an item without a number, such as a wallet's registration.")),
                ('wallet', models.CharField(blank=True, default='', max_length=42)),
                ('units', tokenization.kernel.fields.Uint256Field(default=0)),
                ('follows', models.BigIntegerField(default=0, help_text='Number of the item that must have happened before.')),
                ('live', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['intent_id', 'position'],
                'constraints': [models.UniqueConstraint(fields=('intent', 'position'), name='outbox_item_position'), models.UniqueConstraint(condition=models.Q(('live', True), ('number__gt', 0)), fields=('contract', 'number'), name='outbox_item_live_once'), models.CheckConstraint(condition=models.Q(('number__gte', 0)), name='outbox_item_number_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_item_fixed', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN ((NEW.live AND NOT OLD.live) OR OLD."intent_id" IS DISTINCT FROM NEW."intent_id" OR OLD."position" IS DISTINCT FROM NEW."position" OR OLD."contract" IS DISTINCT FROM NEW."contract" OR OLD."number" IS DISTINCT FROM NEW."number" OR OLD."wallet" IS DISTINCT FROM NEW."wallet" OR OLD."units" IS DISTINCT FROM NEW."units" OR OLD."follows" IS DISTINCT FROM NEW."follows")', func="RAISE EXCEPTION 'outbox_item_fixed: an item only ever stops being live';", hash='574b5292c4c9f6783d8d8ca73257cbde4a2f7501', operation='UPDATE', pgid='pgtrigger_outbox_item_fixed_ea721', table='outbox_intentitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_item_outlives', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.live AND NOT NEW.live)', declare='DECLARE found text;', func="SELECT state INTO found FROM outbox_intent WHERE id = OLD.intent_id; IF found NOT IN ('SPLIT', 'REJECTED', 'REVERTED', 'CANCELLED') THEN RAISE EXCEPTION 'outbox_item_outlives: it may still happen (%)', found; END IF; RETURN NEW;", hash='30cf13fce4ff8cd018f4bbf9071fa26ef252f1db', operation='UPDATE', pgid='pgtrigger_outbox_item_outlives_707e1', table='outbox_intentitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_item_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='bf7618d9b3e1857413e157f8bd7286ca87288771', operation='DELETE', pgid='pgtrigger_outbox_item_no_delete_7dcce', table='outbox_intentitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_item_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c7988488661d7ef3c956a127c85f2d632c373a63', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_item_no_truncate_65de1', table='outbox_intentitem', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='IntentMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('intent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='outbox.intent')),
                ('old', models.CharField(max_length=9)),
                ('new', models.CharField(max_length=9)),
                ('reason', models.TextField(blank=True, default='')),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_move_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='567903ca5bbd957b6a3ad4b102026ab99e61da62', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_move_no_change_7ec83', table='outbox_intentmove', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_move_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ccd88f3e4b94c355ee079254d581da43c3b625ac', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_move_no_truncate_c9a58', table='outbox_intentmove', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='outbox.signer')),
                ('nonce', models.BigIntegerField()),
                ('intent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='slot', to='outbox.intent')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('signer', 'nonce'), name='outbox_slot_nonce_once'), models.CheckConstraint(condition=models.Q(('nonce__gte', 0)), name='outbox_slot_nonce_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_slot_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0060d4118faf791942a3ae6cc2238eca825606d2', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_slot_no_change_cec34', table='outbox_slot', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_slot_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='4957d855f32bd06942ea7f4fb4b0319075724762', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_slot_no_truncate_e266b', table='outbox_slot', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='outbox.slot')),
                ('hash', tokenization.kernel.fields.HashField(unique=True)),
                ('raw', models.BinaryField()),
                ('kind', models.CharField(choices=[('CALL', 'the call itself'), ('CANCEL', 'a cancel decided by two persons'), ('NOOP', 'a filler where nothing was ever signed')], max_length=6)),
                ('gas', models.BigIntegerField()),
                ('max_fee', tokenization.kernel.fields.Uint256Field()),
                ('priority_fee', tokenization.kernel.fields.Uint256Field()),
                ('epoch', models.BigIntegerField(help_text='Fencing epoch of the sender that stored it.')),
                ('head_block', models.BigIntegerField(help_text='Head of the chain when it was made: fee bumps count from here.')),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['CALL', 'CANCEL', 'NOOP'])), name='outbox_attempt_kind_known')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_attempt_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='44a3dd0a82ba9bfc0a8ab3f15a8ad9e2ed7608e9', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_attempt_no_change_fe58c', table='outbox_attempt', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_attempt_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='a8e176df717f1c56682a7f5c20e694d235413ed2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_attempt_no_truncate_a86fd', table='outbox_attempt', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_attempt_fenced', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE current_epoch bigint;', func="SELECT s.epoch INTO current_epoch FROM outbox_signer s JOIN outbox_slot t ON t.signer_id = s.id WHERE t.id = NEW.slot_id; IF current_epoch IS DISTINCT FROM NEW.epoch THEN RAISE EXCEPTION 'outbox_attempt_fenced: epoch % is over', NEW.epoch; END IF; RETURN NEW;", hash='35067a0d6b50ac7ed5cbe01769870a53148004cc', operation='INSERT', pgid='pgtrigger_outbox_attempt_fenced_a24e8', table='outbox_attempt', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Broadcast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='broadcasts', to='outbox.attempt')),
                ('at', models.DateTimeField()),
                ('head_block', models.BigIntegerField(null=True)),
                ('answer', models.CharField(max_length=200)),
            ],
            options={
                'ordering': ['id'],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_broadcast_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6afb7a70052a105c402e29bf261fa86966d383ac', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_broadcast_no_change_2cd9e', table='outbox_broadcast', when='BEFORE')), pgtrigger.compiler.Trigger(name='outbox_broadcast_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='57e7df26113b581bbcc61f9038e2346ff7094658', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_outbox_broadcast_no_truncate_ebe3d', table='outbox_broadcast', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Inclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='inclusion', to='outbox.slot')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.attempt')),
                ('block_number', models.BigIntegerField(db_index=True)),
                ('block_hash', tokenization.kernel.fields.HashField()),
                ('status', models.PositiveSmallIntegerField()),
                ('gas_used', models.BigIntegerField()),
                ('contract_address', tokenization.kernel.fields.AddressField(null=True)),
                ('seen_at', models.DateTimeField()),
                ('final', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', (0, 1))), name='outbox_inclusion_status')],
                'triggers': [pgtrigger.compiler.Trigger(name='outbox_inclusion_final', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.final)', func="RAISE EXCEPTION 'outbox_inclusion_final: a final block does not change';", hash='c41a42b85fcdce6589e8550b5c809674faebc6db', operation='UPDATE OR DELETE', pgid='pgtrigger_outbox_inclusion_final_392d4', table='outbox_inclusion', when='BEFORE'))],
            },
        ),
    ]
