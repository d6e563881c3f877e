import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('allotment', '0001_initial'),
        ('files', '0001_initial'),
        ('identity', '0001_initial'),
        ('indexer', '0001_initial'),
        ('instructions', '0001_initial'),
        ('registries', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CashEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('RECEIPT', 'Receipt'), ('SUSPENSE', 'Suspense'), ('SWEEP', 'Sweep'), ('REFUND', 'Refund'), ('FUNDING', 'Funding'), ('PAYMENT', 'Payment'), ('DEPOSIT', 'Deposit'), ('MINT', 'Mint'), ('BURN', 'Burn'), ('PAYOUT', 'Payout'), ('DELIVERY', 'Delivery'), ('TAX', 'Tax'), ('UNCLAIMED', 'Unclaimed'), ('APPLY', 'Apply'), ('RESIDUAL', 'Residual'), ('CORRECTION', 'Correction')], max_length=16)),
                ('at', models.DateTimeField()),
                ('words', models.CharField(max_length=200)),
                ('bank_reference', models.CharField(blank=True, db_default='', default='', max_length=64)),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('bank_reference', ''), _negated=True), fields=['bank_reference'], name='cash_entry_bank_reference')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='fd1d00de46bafbaa8ae69cd1f2db92c386f8b40a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_ffdfb', table='settlement_cashentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='547eca2b0cf0e6240a150fec6b32f1eba469961e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_2e150', table='settlement_cashentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_entry_is_balanced', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n    IF (SELECT count(*) FROM settlement_cashleg WHERE entry_id = NEW.id) < 2 OR EXISTS (\n        SELECT 1 FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id\n        WHERE l.entry_id = NEW.id GROUP BY a.currency HAVING sum(l.amount_minor) <> 0\n    ) THEN\n        RAISE EXCEPTION 'cash_entry_is_balanced: the legs of a cash entry add up to zero in each currency'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='c622735f7cc7a6242ed8fb65d8470d05181ce386', operation='INSERT', pgid='pgtrigger_cash_entry_is_balanced_babce', table='settlement_cashentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')), pgtrigger.compiler.Trigger(name='cash_correction_is_named', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.kind = 'CORRECTION')", constraint='CONSTRAINT', func="\n    IF NOT EXISTS (SELECT 1 FROM settlement_bankcorrection WHERE entry_id = NEW.id) THEN\n        RAISE EXCEPTION 'cash_correction_is_named: a correcting entry names the line, the wrong entry and the evidence'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='6deded63eb4985450189ed3b623c523f0886cef5', operation='INSERT', pgid='pgtrigger_cash_correction_is_named_720e4', table='settlement_cashentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='SettlementInstruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('allotment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='allotment.allotment')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='tokenisation.tokencontract')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.wallet')),
                ('payment_reference', models.CharField(max_length=32, unique=True)),
                ('rail', models.CharField(choices=[('BANK', 'paid through the bank'), ('TOKEN', 'paid in cash tokens, in the transaction that delivers')], default='BANK', max_length=5)),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('deliver_by', models.DateTimeField()),
                ('state', models.CharField(choices=[('AWAITING_CASH', 'Awaiting Cash'), ('CASH_CONFIRMED', 'Cash Confirmed'), ('IMMOBILISED', 'Immobilised'), ('ISSUING', 'Issuing'), ('DELIVERED', 'Delivered'), ('UNDELIVERABLE', 'Undeliverable'), ('WITHDRAWN', 'Withdrawn'), ('REFUNDED', 'Refunded'), ('LAPSED', 'Lapsed')], default='AWAITING_CASH', max_length=16)),
                ('issue_instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='instructions.instruction')),
                ('confirm_instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instructions.instruction')),
                ('withdraw_instruction', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instructions.instruction')),
                ('cash_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('sweep_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('delivery_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
                ('cash_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
                ('refund_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('issued_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(models.Func(django.db.models.functions.text.Upper('payment_reference'), models.Value('[^A-Z0-9]'), models.Value(''), models.Value('g'), function='regexp_replace'), name='settlement_reference_normal')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['AWAITING_CASH', 'CASH_CONFIRMED', 'DELIVERED', 'IMMOBILISED', 'ISSUING', 'LAPSED', 'REFUNDED', 'UNDELIVERABLE', 'WITHDRAWN'])), name='settlement_state'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='settlement_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('cash_entry__isnull', True), ('state__in', ['AWAITING_CASH', 'LAPSED'])), models.Q(models.Q(('state__in', ['AWAITING_CASH', 'LAPSED']), _negated=True), ('cash_entry__isnull', False)), _connector='OR'), name='settlement_paid_has_cash'), models.CheckConstraint(condition=models.Q(('sweep_entry__isnull', True), ('refund_entry__isnull', True), _connector='OR'), name='settlement_money_leaves_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'DELIVERED'), _negated=True), ('sweep_entry__isnull', False), _connector='OR'), name='settlement_delivered_is_swept'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'REFUNDED'), _negated=True), ('refund_entry__isnull', False), _connector='OR'), name='settlement_refunded_has_entry'), models.CheckConstraint(condition=models.Q(models.Q(('cash_log__isnull', True), ('delivery_log__isnull', True), ('rail', 'BANK')), ('rail', 'TOKEN'), _connector='OR'), name='settlement_logs_of_tokens')],
                'triggers': [pgtrigger.compiler.Trigger(name='settlement_rail_fixed', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.rail IS DISTINCT FROM NEW.rail)', func="\n                    RAISE EXCEPTION 'settlement_rail_fixed: how it is paid is chosen when it is opened'\n                        USING ERRCODE = 'check_violation';\n                ", hash='47435255241d6e7b18fa5df64d3cf7ab8144cf67', operation='UPDATE', pgid='pgtrigger_settlement_rail_fixed_59d5a', table='settlement_settlementinstruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='settlement_not_before_its_day', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state IN ('ISSUING', 'DELIVERED'))", func="\n    IF NEW.issued_on IS NULL\n        OR NEW.issued_on < (SELECT settlement_date FROM allotment_allotment WHERE id = NEW.allotment_id) THEN\n        RAISE EXCEPTION 'settlement_not_before_its_day: units are issued on the settlement day or later'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='1a8e236879e150214dca0b5d8d46a552d4d161e3', operation='INSERT OR UPDATE', pgid='pgtrigger_settlement_not_before_its_day_4e318', table='settlement_settlementinstruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='settlement_both_legs_final', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'DELIVERED' AND NEW.rail = 'TOKEN')", func="\n    IF NOT EXISTS (\n        SELECT 1 FROM indexer_log s\n        JOIN indexer_block b ON b.number = s.block_id AND b.final\n        JOIN instructions_instruction i ON i.id = NEW.issue_instruction_id AND i.state = 'DONE'\n        JOIN tokenisation_wallet w ON w.id = NEW.wallet_id\n        JOIN indexer_log u ON u.id = i.settled_log_id AND (u.block_id, u.tx_hash) = (s.block_id, s.tx_hash)\n        JOIN indexer_log c ON c.id = NEW.cash_log_id AND (c.block_id, c.tx_hash) = (s.block_id, s.tx_hash)\n        JOIN tokenisation_tokencontract m\n            ON m.address = c.address AND m.purpose = 'CASH' AND m.currency = NEW.currency\n        JOIN register_entry ue\n            ON ue.log_id = u.id AND ue.token_id = NEW.token_id AND ue.account = w.address AND ue.units = i.units\n        JOIN register_entry ce\n            ON ce.log_id = c.id AND ce.token_id = m.id AND ce.account = w.address AND ce.units = -NEW.amount_minor\n        WHERE s.id = NEW.delivery_log_id AND right(s.topics[3], 16) = lpad(to_hex(i.number), 16, '0')\n    ) THEN\n        RAISE EXCEPTION 'settlement_both_legs_final: units and cash in one final transaction, both posted'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='aba674e88c4fee2f5a6e8ecb4be75c0dd67d6024', operation='INSERT OR UPDATE', pgid='pgtrigger_settlement_both_legs_final_c1786', table='settlement_settlementinstruction', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BankBooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='booking', to='registries.bankentry')),
                ('verdict', models.CharField(choices=[('PAID', 'paid a purchase'), ('SUSPENSE', 'held in suspense'), ('KNOWN', 'recorded before'), ('SEEN', 'our payment, seen at the bank'), ('DIFFERS', 'recorded with other figures')], max_length=16)),
                ('cash_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_booking', to='settlement.cashentry')),
                ('settlement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_bookings', to='settlement.settlementinstruction')),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('booked_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('cash_entry__isnull', True), ('verdict', 'DIFFERS')), models.Q(models.Q(('verdict', 'DIFFERS'), _negated=True), ('cash_entry__isnull', False)), _connector='OR'), name='bank_booking_has_entry')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='75c6a1248f1dca01b64172deec75adbce2b6770b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_72e23', table='settlement_bankbooking', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='384c95f19c4ac7092432d8f9f262821466018cec', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_85ac6', table='settlement_bankbooking', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_booking_fits', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.cash_entry_id IS NOT NULL AND NOT EXISTS (\n        SELECT 1 FROM registries_bankentry e JOIN registries_settlementaccount a ON a.id = e.account_id\n        WHERE e.id = NEW.entry_id AND CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END = (\n            SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = NEW.cash_entry_id AND c.kind = 'BANK' AND c.currency = a.currency)\n    ) THEN\n        RAISE EXCEPTION 'bank_booking_fits: the journal moves the settlement account by what the bank says'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='23608f7df9e4cbb046b7eb2603ecec4e96bb3bf5', operation='INSERT', pgid='pgtrigger_bank_booking_fits_6f915', table='settlement_bankbooking', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_booking_not_corrected', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF EXISTS (SELECT 1 FROM settlement_bankcorrection\n        WHERE NEW.cash_entry_id IN (wrong_entry_id, entry_id))\n    THEN\n        RAISE EXCEPTION 'bank_booking_not_corrected: this entry was put right beside another line of the bank'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='f1cf26b99f8b7983e0f3eb419160a7e1cb52b9c1', operation='INSERT', pgid='pgtrigger_bank_booking_not_corrected_c1b14', table='settlement_bankbooking', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BankCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('booking', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='settlement.bankbooking')),
                ('wrong_entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='settlement.cashentry')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='corrects', to='settlement.cashentry')),
                ('difference_minor', tokenization.kernel.fields.MinorField()),
                ('reason', models.CharField(max_length=500)),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('corrected_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='bank_correction_has_reason')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='4c351c2a56ebbc7ac0b92e4d174339a7de385d26', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_990d5', table='settlement_bankcorrection', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='eaee4f169d092d2ea6fa81a96c9cb90b207ccd8b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_9c101', table='settlement_bankcorrection', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_correction_fits', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT 1 FROM settlement_bankbooking b\n        JOIN registries_bankentry e ON e.id = b.entry_id JOIN registries_settlementaccount a ON a.id = e.account_id\n        JOIN settlement_cashentry w ON w.id = NEW.wrong_entry_id AND w.bank_reference = e.reference\n        JOIN settlement_cashentry k ON k.id = NEW.entry_id AND k.kind = 'CORRECTION'\n        WHERE b.id = NEW.booking_id AND b.verdict = 'DIFFERS' AND NEW.difference_minor <> 0\n            AND NEW.difference_minor = (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = k.id AND c.kind = 'BANK' AND c.currency = a.currency) AND (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = w.id AND c.kind = 'BANK' AND c.currency = a.currency) > 0\n            AND CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END - NEW.difference_minor\n                = (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id\n            WHERE l.entry_id = w.id AND c.kind = 'BANK' AND c.currency = a.currency)\n            AND NOT EXISTS (SELECT 1 FROM settlement_bankbooking o WHERE o.cash_entry_id = w.id)\n    ) THEN\n        RAISE EXCEPTION 'bank_correction_fits: wrong entry and correction together are what the bank says of the line'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='bba7ae85ca35d3c29a89f339bdc71469e0bb0aa2', operation='INSERT', pgid='pgtrigger_bank_correction_fits_f986a', table='settlement_bankcorrection', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_correction_is_conserved', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n    IF (SELECT COALESCE(sum(l.amount_minor), 0) FROM settlement_cashleg l\n            JOIN settlement_cashaccount a ON a.id = l.account_id\n            WHERE l.entry_id = NEW.entry_id AND a.kind = 'SUSPENSE')\n        IS DISTINCT FROM\n        COALESCE((SELECT sum(amount_minor) FROM settlement_suspenseitem WHERE apply_entry_id = NEW.entry_id), 0)\n        - COALESCE((SELECT amount_minor FROM settlement_suspenseitem WHERE entry_id = NEW.entry_id), 0)\n    THEN\n        RAISE EXCEPTION 'bank_correction_is_conserved: what it does to suspense stands there item by item'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='d9ef360cc1d92f92f5981514d6b10f37fda3f8c7', operation='INSERT', pgid='pgtrigger_bank_correction_is_conserved_324f5', table='settlement_bankcorrection', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='CashAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('kind', models.CharField(choices=[('BANK', 'settlement account'), ('BANK_LEG', 'paid by buyers, not yet swept'), ('SUSPENSE', 'money in dispute'), ('TREASURY', 'treasury single account'), ('DEBT', 'debt issued and repaid'), ('INTEREST', 'interest paid'), ('REDEMPTION', 'set aside for holders'), ('CASH_TOKEN', 'cash tokens in circulation'), ('TREASURY_TOKEN', "cash tokens in the treasury's wallet"), ('PAYOUT', 'cash tokens burned, not yet paid out'), ('TAX', 'tax withheld, owed to the authority'), ('UNCLAIMED', 'due to holders, not yet claimed'), ('RECOVERABLE', 'paid by bank in place of cash tokens, to be recovered'), ('RETURNED', 'cash tokens that came back, to be burned without a pay-out')], max_length=16)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'currency'), name='cash_account_once')],
            },
        ),
        migrations.CreateModel(
            name='CashLeg',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='settlement.cashentry')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='legs', to='settlement.cashaccount')),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor', 0), _negated=True), name='cash_leg_not_zero')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='f8df7b636368d18d4d3824882d3ea321464501e2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_fef03', table='settlement_cashleg', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ecb0fc6a7ece5f2619c52341d13385c00a77ab05', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_8680c', table='settlement_cashleg', when='BEFORE')), pgtrigger.compiler.Trigger(name='cash_leg_is_balanced', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n    IF (SELECT count(*) FROM settlement_cashleg WHERE entry_id = NEW.entry_id) < 2 OR EXISTS (\n        SELECT 1 FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id\n        WHERE l.entry_id = NEW.entry_id GROUP BY a.currency HAVING sum(l.amount_minor) <> 0\n    ) THEN\n        RAISE EXCEPTION 'cash_entry_is_balanced: the legs of a cash entry add up to zero in each currency'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='e233d7986dbaceef1ec960775fbbf2f40e7fb808', operation='INSERT', pgid='pgtrigger_cash_leg_is_balanced_802a6', table='settlement_cashleg', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='SuspenseItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='suspense_item', to='settlement.cashentry')),
                ('settlement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspense_items', to='settlement.settlementinstruction')),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('currency', tokenization.kernel.fields.CurrencyField()),
                ('bank_reference', models.CharField(max_length=64)),
                ('payment_reference', models.CharField(blank=True, max_length=64)),
                ('kind', models.CharField(choices=[('SHORT', 'less than is due'), ('OVER', 'more than is due'), ('LATE', 'after its deadline'), ('DUPLICATE', 'paid already'), ('UNKNOWN', 'names no purchase'), ('CURRENCY', 'another currency'), ('REVERSAL', 'taken back by the bank'), ('BOUNCED', 'our payment came back'), ('DISPUTE', 'disputed units'), ('MISSING', 'typed, and never came')], default='DISPUTE', max_length=16)),
                ('reason', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('HELD', 'Held'), ('RETURNED', 'Returned'), ('APPLIED', 'Applied')], default='HELD', max_length=16)),
                ('return_entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='settlement.cashentry')),
                ('apply_entry', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='applied_items', to='settlement.cashentry')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['APPLIED', 'HELD', 'RETURNED'])), name='suspense_state'), models.CheckConstraint(condition=models.Q(models.Q(('amount_minor__gt', 0), models.Q(('kind__in', ['REVERSAL', 'MISSING']), _negated=True)), models.Q(('amount_minor__lt', 0), ('kind__in', ['REVERSAL', 'MISSING'])), _connector='OR'), name='suspense_positive'), models.CheckConstraint(condition=models.Q(models.Q(('apply_entry__isnull', True), ('return_entry__isnull', True), ('state', 'HELD')), models.Q(('amount_minor__gt', 0), ('apply_entry__isnull', True), ('return_entry__isnull', False), ('state', 'RETURNED')), models.Q(('apply_entry__isnull', False), ('return_entry__isnull', True), ('state', 'APPLIED')), _connector='OR'), name='suspense_leaves_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='suspense_item_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='72b65ed2762b074de7516e34371f6758b6e654fe', operation='DELETE', pgid='pgtrigger_suspense_item_no_delete_06f26', table='settlement_suspenseitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='suspense_item_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ab8dbf451290fe497a491183cc8643422d990aee', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_suspense_item_no_truncate_0f26e', table='settlement_suspenseitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='suspense_item_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.state <> 'HELD' OR to_jsonb(OLD) - ARRAY['state', 'return_entry_id', 'apply_entry_id']\n        <> to_jsonb(NEW) - ARRAY['state', 'return_entry_id', 'apply_entry_id']\n    THEN\n        RAISE EXCEPTION 'suspense_item_is_fixed: an item of suspense leaves once and changes nothing else'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='0f26e7fb908e0d8546ed46c48eb29c32ea2dc7f4', operation='UPDATE', pgid='pgtrigger_suspense_item_is_fixed_7e6ea', table='settlement_suspenseitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='suspense_is_conserved', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state <> 'HELD')", constraint='CONSTRAINT', func="\n    IF (SELECT COALESCE(sum(amount_minor), 0) FROM settlement_suspenseitem\n            WHERE COALESCE(apply_entry_id, return_entry_id) = COALESCE(NEW.apply_entry_id, NEW.return_entry_id))\n        - COALESCE((SELECT amount_minor FROM settlement_suspenseitem\n            WHERE entry_id = COALESCE(NEW.apply_entry_id, NEW.return_entry_id)), 0)\n        IS DISTINCT FROM\n        (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id\n            WHERE l.entry_id = COALESCE(NEW.apply_entry_id, NEW.return_entry_id)\n                AND a.kind = 'SUSPENSE' AND a.currency = NEW.currency)\n    THEN\n        RAISE EXCEPTION 'suspense_is_conserved: what leaves suspense is what its entry takes out of it'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='33002582151c923df148b7be2a942af1932ddc68', operation='UPDATE', pgid='pgtrigger_suspense_is_conserved_48296', table='settlement_suspenseitem', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
    ]
