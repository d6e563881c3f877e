import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.fields
import tokenization.kernel.sealed
import tokenization.kernel.triggers
from django.conf import settings
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
            name='CashMint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mints', to='tokenisation.tokencontract')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_mints', to='tokenisation.wallet')),
                ('settlement', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cash_mint', to='settlement.settlementinstruction')),
                ('receipt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cash_mint', to='settlement.cashentry')),
                ('bank_reference', models.CharField(max_length=64)),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('issue_instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cash_mint', to='instructions.instruction')),
                ('confirm_instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instructions.instruction')),
                ('withdraw_instruction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instructions.instruction')),
                ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('state', models.CharField(choices=[('CREDITED', 'Credited'), ('ISSUING', 'Issuing'), ('DONE', 'Done'), ('FAILED', 'Failed'), ('RELEASED', 'Released')], default='CREDITED', max_length=16)),
                ('reason', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['CREDITED', 'DONE', 'FAILED', 'ISSUING', 'RELEASED'])), name='cash_mint_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='cash_mint_positive'), models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', False), ('state__in', ['DONE', 'RELEASED'])), models.Q(models.Q(('state__in', ['DONE', 'RELEASED']), _negated=True), ('entry__isnull', True)), _connector='OR'), name='cash_mint_ended_by_entry')],
                'triggers': [pgtrigger.compiler.Trigger(name='cash_mint_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5c05028f696464f5466612b32fd857f662f2d104', operation='DELETE', pgid='pgtrigger_cash_mint_is_kept_no_delete_45aec', table='cash_cashmint', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_mint_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='30dc2372650695f452b0cf1e1dbfd3383139835f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_cash_mint_is_kept_no_truncate_0263d', table='cash_cashmint', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_mint_on_credit', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.state <> 'CREDITED' OR NOT EXISTS (\n        SELECT 1 FROM tokenisation_tokencontract t\n        JOIN settlement_cashentry e ON e.id = NEW.receipt_id AND e.kind IN ('RECEIPT', 'DEPOSIT', 'APPLY')\n        JOIN settlement_cashleg o ON o.entry_id = e.id AND o.amount_minor = -NEW.amount_minor\n        JOIN settlement_cashaccount b ON b.id = o.account_id AND b.kind = 'BANK_LEG' AND b.currency = t.currency\n        WHERE t.id = NEW.token_id AND t.purpose = 'CASH' AND NEW.amount_minor = (\n            SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id\n            WHERE l.entry_id = e.id AND a.currency = t.currency\n            AND a.kind = CASE e.kind WHEN 'APPLY' THEN 'SUSPENSE' ELSE 'BANK' END)\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_mint_on_credit: tokens stand for a booked credit of the same amount';\n    END IF;\n    IF NEW.settlement_id IS NOT NULL AND NOT EXISTS (\n        SELECT 1 FROM settlement_settlementinstruction s\n        WHERE s.id = NEW.settlement_id AND s.cash_entry_id = NEW.receipt_id AND s.wallet_id = NEW.wallet_id\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_mint_on_credit: the credit pays that purchase, and its buyer gets the tokens';\n    END IF;\n    IF NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i JOIN instructions_instruction c ON c.linked_to_id = i.id\n        WHERE i.id = NEW.issue_instruction_id AND c.id = NEW.confirm_instruction_id\n        AND i.kind = 'ISSUE' AND c.kind = 'CONFIRM' AND i.token_id = NEW.token_id AND c.token_id = NEW.token_id\n        AND i.wallet_id = NEW.wallet_id AND i.units = NEW.amount_minor AND c.units = NEW.amount_minor\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_mint_on_credit: issue and confirmation say what was credited';\n    END IF;\n    RETURN NEW;\n", hash='bb48aad75d64a11cfb56323faa84cae59f5b7495', operation='INSERT', pgid='pgtrigger_cash_mint_on_credit_4e4d5', table='cash_cashmint', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_mint_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.wallet_id IS DISTINCT FROM NEW.wallet_id OR OLD.settlement_id IS DISTINCT FROM NEW.settlement_id OR OLD.receipt_id IS DISTINCT FROM NEW.receipt_id OR OLD.bank_reference IS DISTINCT FROM NEW.bank_reference OR OLD.amount_minor IS DISTINCT FROM NEW.amount_minor OR OLD.issue_instruction_id IS DISTINCT FROM NEW.issue_instruction_id OR OLD.opened_at IS DISTINCT FROM NEW.opened_at OR OLD.state IN ('DONE', 'RELEASED')\n       OR (OLD.withdraw_instruction_id IS NOT NULL AND OLD.withdraw_instruction_id IS DISTINCT FROM NEW.withdraw_instruction_id) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_mint_is_fixed: what a mint stands for never changes, nor a finished one';\n    END IF;\n    IF NEW.state = 'DONE' AND NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.issue_instruction_id AND i.state = 'DONE'\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_mint_is_fixed: DONE only by the final log of its issue';\n    END IF;\n    RETURN NEW;\n", hash='549eee7490428544a868f57f34508eebc2df3ae4', operation='UPDATE', pgid='pgtrigger_cash_mint_is_fixed_15e46', table='cash_cashmint', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='CashBurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='burns', to='tokenisation.tokencontract')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_burns', to='tokenisation.wallet')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cash_burns', to='identity.party')),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('payee', tokenization.kernel.sealed.SealedField()),
                ('day', models.DateField(null=True)),
                ('recovers', models.BooleanField(db_default=False, default=False)),
                ('instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cash_burn', to='instructions.instruction')),
                ('burn_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('payout_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('bank_reference', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('REQUESTED', 'Requested'), ('BURNING', 'Burning'), ('BURNED', 'Burned'), ('PAID', 'Paid'), ('FAILED', 'Failed'), ('CANCELLED', 'Cancelled')], default='REQUESTED', max_length=16)),
                ('reason', models.TextField(blank=True)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['BURNED', 'BURNING', 'CANCELLED', 'FAILED', 'PAID', 'REQUESTED'])), name='cash_burn_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='cash_burn_positive'), models.CheckConstraint(condition=models.Q(models.Q(('burn_entry__isnull', False), ('state__in', ['BURNED', 'PAID'])), models.Q(models.Q(('state__in', ['BURNED', 'PAID']), _negated=True), ('burn_entry__isnull', True)), _connector='OR'), name='cash_burn_burned_has_entry'), models.CheckConstraint(condition=models.Q(models.Q(('payout_entry__isnull', False), ('state', 'PAID'), models.Q(('bank_reference', ''), _negated=True)), models.Q(models.Q(('state', 'PAID'), _negated=True), ('bank_reference', ''), ('payout_entry__isnull', True)), _connector='OR'), name='cash_burn_paid_has_entry')],
                'triggers': [pgtrigger.compiler.Trigger(name='cash_burn_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='aa53cd58c37fdb20159f451a6a17b5d849c5feb0', operation='DELETE', pgid='pgtrigger_cash_burn_is_kept_no_delete_b758f', table='cash_cashburn', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_burn_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d9f47d0cb88a856937e41abe08b873be58b9bd6e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_cash_burn_is_kept_no_truncate_c311b', table='cash_cashburn', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_burn_begins', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.state <> 'REQUESTED' OR NOT EXISTS (SELECT 1 FROM tokenisation_tokencontract t WHERE t.id = NEW.token_id AND t.purpose = 'CASH') OR NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i\n        WHERE i.id = NEW.instruction_id AND i.kind = 'REDEEM' AND i.token_id = NEW.token_id\n        AND i.wallet_id = NEW.wallet_id AND i.units = NEW.amount_minor\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_burn_begins: a pay-out begins with the burn of the same tokens';\n    END IF;\n    RETURN NEW;\n", hash='23cefaa6492da1f9f7dace421f7e2958ed447159', operation='INSERT', pgid='pgtrigger_cash_burn_begins_0d0ad', table='cash_cashburn', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_burn_before_pay_out', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.wallet_id IS DISTINCT FROM NEW.wallet_id OR OLD.party_id IS DISTINCT FROM NEW.party_id OR OLD.amount_minor IS DISTINCT FROM NEW.amount_minor OR OLD.payee IS DISTINCT FROM NEW.payee OR OLD.day IS DISTINCT FROM NEW.day OR OLD.recovers IS DISTINCT FROM NEW.recovers OR OLD.instruction_id IS DISTINCT FROM NEW.instruction_id OR OLD.requested_by_id IS DISTINCT FROM NEW.requested_by_id OR OLD.requested_at IS DISTINCT FROM NEW.requested_at OR OLD.state IN ('PAID', 'FAILED', 'CANCELLED')\n       OR (OLD.burn_entry_id IS NOT NULL AND OLD.burn_entry_id IS DISTINCT FROM NEW.burn_entry_id) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_burn_before_pay_out: what is burned and paid never changes';\n    END IF;\n    IF NEW.state IN ('BURNED', 'PAID') AND NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.state = 'DONE'\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_burn_before_pay_out: burned by a final log, then paid';\n    END IF;\n    IF NEW.state = 'PAID' AND NEW.recovers AND EXISTS (\n        SELECT 1 FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id\n        WHERE l.entry_id = NEW.payout_entry_id AND a.kind = 'BANK'\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_burn_before_pay_out: what came back was paid by bank before, and is not paid again';\n    END IF;\n    RETURN NEW;\n", hash='b934557db548e15638948d2edd1fc3e0358c4d5f', operation='UPDATE', pgid='pgtrigger_cash_burn_before_pay_out_106fa', table='cash_cashburn', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='CashIssue',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('instructions.instruction',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cashissue',
            trigger=pgtrigger.compiler.Trigger(name='cash_issued_on_credit', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.kind IN ('ISSUE', 'CONFIRM') AND OLD.state IS DISTINCT FROM NEW.state)", func="\n    IF NEW.state IN ('APPROVED', 'SENT', 'DONE') AND EXISTS (SELECT 1 FROM tokenisation_tokencontract t WHERE t.id = NEW.token_id AND t.purpose = 'CASH') AND NOT EXISTS (\n        SELECT 1 FROM cash_cashmint m\n        WHERE CASE NEW.kind WHEN 'ISSUE' THEN m.issue_instruction_id ELSE m.confirm_instruction_id END = NEW.id\n    ) THEN\n        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'cash_issued_on_credit: cash is confirmed and minted on a booked credit only';\n    END IF;\n    RETURN NEW;\n", hash='7b52d9eacb861c63f2b1b0abbb73064cedd9de52', operation='UPDATE', pgid='pgtrigger_cash_issued_on_credit_065a4', table='instructions_instruction', when='BEFORE')),
        ),
    ]
