import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
        ('indexer', '0001_initial'),
        ('outbox', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Trade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trades', to='tokenisation.tokencontract')),
                ('cash', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.tokencontract')),
                ('units', models.BigIntegerField()),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('chain_id', models.BigIntegerField()),
                ('contract', tokenization.kernel.fields.AddressField(help_text='The settlement contract for which it was signed.')),
                ('valid_until', models.DateTimeField(help_text='In chain time: the last second at which it may settle.')),
                ('digest', tokenization.kernel.fields.HashField(unique=True)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party')),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('PROPOSED', 'waits for both signatures'), ('SIGNED', 'signed by both'), ('SENT', 'on its way to the chain'), ('SETTLED', 'both legs are in the register'), ('EXPIRED', 'its time passed; nothing moved'), ('FAILED', 'can never settle; nothing moved')], default='PROPOSED', max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('intent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('settled_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
                ('units_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
                ('cash_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['EXPIRED', 'FAILED', 'PROPOSED', 'SENT', 'SETTLED', 'SIGNED'])), name='trade_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('units__gt', 0)), name='trade_positive'), models.CheckConstraint(condition=models.Q(('token', models.F('cash')), _negated=True), name='trade_two_tokens'), models.CheckConstraint(condition=models.Q(models.Q(('cash_log__isnull', False), ('settled_log__isnull', False), ('state', 'SETTLED'), ('units_log__isnull', False)), models.Q(models.Q(('state', 'SETTLED'), _negated=True), ('cash_log__isnull', True), ('settled_log__isnull', True), ('units_log__isnull', True)), _connector='OR'), name='trade_settled_by_logs'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'SENT'), _negated=True), ('intent__isnull', False), _connector='OR'), name='trade_sent_by_intent')],
                'triggers': [pgtrigger.compiler.Trigger(name='trade_is_fixed', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN ((OLD."token_id" IS DISTINCT FROM NEW."token_id" OR OLD."cash_id" IS DISTINCT FROM NEW."cash_id" OR OLD."units" IS DISTINCT FROM NEW."units" OR OLD."amount_minor" IS DISTINCT FROM NEW."amount_minor" OR OLD."chain_id" IS DISTINCT FROM NEW."chain_id" OR OLD."contract" IS DISTINCT FROM NEW."contract" OR OLD."valid_until" IS DISTINCT FROM NEW."valid_until" OR OLD."digest" IS DISTINCT FROM NEW."digest" OR OLD."proposed_by_id" IS DISTINCT FROM NEW."proposed_by_id" OR OLD."proposed_at" IS DISTINCT FROM NEW."proposed_at") OR OLD.state IN (\'SETTLED\', \'EXPIRED\', \'FAILED\'))', func="\n                    RAISE EXCEPTION 'trade_is_fixed: the terms that were signed never change, nor an ended trade'\n                        USING ERRCODE = 'check_violation';\n                ", hash='ec6fd9e814620d46a6e74ca0af308a63a14e0b1a', operation='UPDATE', pgid='pgtrigger_trade_is_fixed_a96ac', table='trades_trade', when='BEFORE')), pgtrigger.compiler.Trigger(name='trade_signed_by_both', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state IN ('SIGNED', 'SENT', 'SETTLED'))", func="\n                    IF (SELECT count(*) FROM trades_tradesignature g JOIN trades_tradeside s ON s.id = g.side_id\n                        WHERE s.trade_id = NEW.id) <> 2 THEN\n                        RAISE EXCEPTION 'trade_signed_by_both: seller and buyer have signed'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c78f9fd5de27de469fefcf962ca1727a8ffaae63', operation='INSERT OR UPDATE', pgid='pgtrigger_trade_signed_by_both_43609', table='trades_trade', when='BEFORE')), pgtrigger.compiler.Trigger(name='trade_settled_finally', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'SETTLED')", func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM indexer_log s\n                        JOIN indexer_block b ON b.number = s.block_id AND b.final\n                        JOIN indexer_log u ON u.id = NEW.units_log_id\n                            AND (u.block_id, u.tx_hash) = (s.block_id, s.tx_hash)\n                        JOIN indexer_log c ON c.id = NEW.cash_log_id\n                            AND (c.block_id, c.tx_hash) = (s.block_id, s.tx_hash)\n                        JOIN tokenisation_tokencontract t ON t.id = NEW.token_id AND t.address = u.address\n                        JOIN tokenisation_tokencontract m ON m.id = NEW.cash_id AND m.address = c.address\n                        WHERE s.id = NEW.settled_log_id AND s.address = NEW.contract AND s.topics[2] = NEW.digest\n                        AND EXISTS (SELECT 1 FROM register_entry e WHERE e.log_id = u.id)\n                        AND EXISTS (SELECT 1 FROM register_entry e WHERE e.log_id = c.id)\n                    ) THEN\n                        RAISE EXCEPTION 'trade_settled_finally: final logs of one transaction, both legs posted'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='f91bf98c2aa361e4901a802e28b588b280f5b60c', operation='INSERT OR UPDATE', pgid='pgtrigger_trade_settled_finally_e317b', table='trades_trade', when='BEFORE')), pgtrigger.compiler.Trigger(name='trade_expires_by_the_chain', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'EXPIRED')", func='\n                    IF NOT EXISTS (SELECT 1 FROM indexer_block WHERE final AND "timestamp" > NEW.valid_until) THEN\n                        RAISE EXCEPTION \'trade_expires_by_the_chain: no final block is later, it may still settle\'\n                            USING ERRCODE = \'check_violation\';\n                    END IF;\n                    RETURN NEW;\n                ', hash='248345dd902545be268facfb15985ad5320feb7f', operation='INSERT OR UPDATE', pgid='pgtrigger_trade_expires_by_the_chain_daa60', table='trades_trade', when='BEFORE')), pgtrigger.compiler.Trigger(name='trade_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='97bd32dbf8ab1f1c0aeabb0ab3c68d97955d1c1b', operation='DELETE', pgid='pgtrigger_trade_no_delete_13591', table='trades_trade', when='BEFORE')), pgtrigger.compiler.Trigger(name='trade_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6b214a9f78fb6db20a8cf5fbf3a2243ce8c9482e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_trade_no_truncate_4277f', table='trades_trade', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='TradeSide',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trade', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sides', to='trades.trade')),
                ('role', models.CharField(choices=[('SELLER', 'seller'), ('BUYER', 'buyer')], max_length=6)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.party')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.wallet')),
                ('nonce', tokenization.kernel.fields.Uint256Field()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['SELLER', 'BUYER'])), name='trade_side_role'), models.UniqueConstraint(fields=('trade', 'role'), name='trade_side_once'), models.UniqueConstraint(fields=('trade', 'party'), name='trade_two_parties'), models.UniqueConstraint(fields=('wallet', 'nonce'), name='trade_nonce_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='8611e5f1bdd4aecedb67b72a0163a057a7624de5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_83b80', table='trades_tradeside', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b4387294b586d50d9c0f80e7df1eb509541d5604', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_dea69', table='trades_tradeside', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='TradeSignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='signed', to='trades.tradeside')),
                ('signature', models.CharField(max_length=132)),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('signature__regex', '^0x[0-9a-f]{130}$')), name='trade_signature_hex')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d86f312c0143d6ec0f230020a3f21888e67b1c04', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_9d559', table='trades_tradesignature', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='65ec4f1654bb219fd5befbfe694b1fd5d891eb5e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_8c63d', table='trades_tradesignature', when='BEFORE'))],
            },
        ),
    ]
