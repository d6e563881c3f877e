import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('identity', '0001_initial'),
        ('instructions', '0001_initial'),
        ('series', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettlementAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('iban', models.CharField(max_length=34, unique=True)),
                ('currency', tokenization.kernel.fields.CurrencyField(unique=True)),
                ('bank', models.CharField(max_length=100)),
                ('opening_minor', tokenization.kernel.fields.MinorField(default=0)),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='08ac00122e8047950f7142f7d3e026545bf8919b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_4f9a9', table='registries_settlementaccount', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e63b1de1273395a7bbc244c6f6ce06d363b7c2b1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_1b94e', table='registries_settlementaccount', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BankStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='registries.settlementaccount')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('format', models.CharField(max_length=16)),
                ('identification', models.CharField(max_length=35)),
                ('electronic_number', models.BigIntegerField()),
                ('legal_number', models.BigIntegerField(null=True)),
                ('opening_on', models.DateField()),
                ('opening_minor', tokenization.kernel.fields.MinorField()),
                ('closing_on', models.DateField()),
                ('closing_minor', tokenization.kernel.fields.MinorField()),
                ('line_count', models.IntegerField()),
                ('imported_at', models.DateTimeField()),
                ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'identification'), name='bank_statement_once'), models.UniqueConstraint(fields=('account', 'electronic_number'), name='bank_statement_number_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ff9d712d11b228d2114ea2b9796c053421781988', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_2ba38', table='registries_bankstatement', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6f331374406e45c260cdcda13b9e18a926611299', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_f1795', table='registries_bankstatement', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_statement_follows', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE last registries_bankstatement%ROWTYPE; opens_with bigint;', func="\n    SELECT * INTO last FROM registries_bankstatement\n        WHERE account_id = NEW.account_id ORDER BY electronic_number DESC LIMIT 1;\n    IF NOT FOUND THEN\n        SELECT opening_minor INTO opens_with FROM registries_settlementaccount WHERE id = NEW.account_id;\n        IF NEW.opening_minor IS DISTINCT FROM opens_with THEN\n            RAISE EXCEPTION 'bank_statement_follows: the first statement opens with the account''s opening balance'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    END IF;\n    IF NEW.electronic_number <> last.electronic_number + 1 OR NEW.opening_minor <> last.closing_minor\n        OR (NEW.legal_number <> last.legal_number + 1 AND NOT (\n            NEW.legal_number = 1 AND extract(year FROM NEW.closing_on) > extract(year FROM last.closing_on)))\n    THEN\n        RAISE EXCEPTION 'bank_statement_follows: numbers without a gap, opening with the last closing balance'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='7a3d898dfe55f33a874cf936c592ecf0c820caca', operation='INSERT', pgid='pgtrigger_bank_statement_follows_ebdc9', table='registries_bankstatement', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_statement_adds_up', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', declare='DECLARE counted bigint; total numeric;', func="\n    SELECT count(*), COALESCE(sum(CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END), 0)\n        INTO counted, total\n        FROM registries_bankstatementline l JOIN registries_bankentry e ON e.id = l.entry_id\n        WHERE l.statement_id = NEW.id AND e.account_id = NEW.account_id;\n    IF counted <> NEW.line_count OR NEW.opening_minor + total <> NEW.closing_minor THEN\n        RAISE EXCEPTION 'bank_statement_adds_up: opening balance + entries = closing balance, every line there'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='adef86863bf64239945870b4df31f2beced9b3b9', operation='INSERT', pgid='pgtrigger_bank_statement_adds_up_2a412', table='registries_bankstatement', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='BankNotification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='registries.settlementaccount')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('format', models.CharField(max_length=16)),
                ('identification', models.CharField(max_length=35)),
                ('imported_at', models.DateTimeField()),
                ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'identification'), name='bank_notification_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c57ee2bca3bea8fb4aaae8c920378a449ac01379', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_dac55', table='registries_banknotification', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='4410929b6640629efe44025b9d1e8a2fef7e1df7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_a8012', table='registries_banknotification', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BankEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='registries.settlementaccount')),
                ('notification', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='registries.banknotification')),
                ('reference', models.CharField(max_length=35)),
                ('credit', models.BooleanField()),
                ('amount_minor', tokenization.kernel.fields.MinorField()),
                ('reversal', models.BooleanField()),
                ('booking_date', models.DateField()),
                ('value_date', models.DateField()),
                ('end_to_end_id', models.CharField(blank=True, max_length=35)),
                ('remittance', models.CharField(blank=True, max_length=500)),
                ('quoted', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=35), default=list, size=None)),
            ],
            options={
                'verbose_name_plural': 'bank entries',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('account', 'reference', 'credit'), name='bank_entry_once'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='bank_entry_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b661756a9f58699fd4999c0a8f2ddda3746a4536', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_af1fc', table='registries_bankentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='21fc4021f66a7206b28c8a9cc55ed5d09ce6ba0e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_94c06', table='registries_bankentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_entry_has_source', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.notification_id IS NULL)', constraint='CONSTRAINT', func="\n    IF NOT EXISTS (SELECT 1 FROM registries_bankstatementline WHERE entry_id = NEW.id) THEN\n        RAISE EXCEPTION 'bank_entry_has_source: an entry stands in a statement or a notification of the bank'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='29183e39d467fe99b5a4274fd1c68026c20a5745', operation='INSERT', pgid='pgtrigger_bank_entry_has_source_70b4f', table='registries_bankentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='BankStatementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='registries.bankstatement')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='statement_line', to='registries.bankentry')),
                ('position', models.IntegerField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('statement', 'position'), name='bank_line_place_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='56eb2108830016a1392f80dac423c82c55f22bbd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_ff174', table='registries_bankstatementline', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='71b15b939b06e08325505f1083b5a76c82fcc10d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_89755', table='registries_bankstatementline', when='BEFORE')), pgtrigger.compiler.Trigger(name='bank_statement_is_whole', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF EXISTS (\n        SELECT 1 FROM registries_bankstatement s\n        WHERE s.id IN (SELECT statement_id FROM new_lines) AND s.line_count < (\n            SELECT count(*) FROM registries_bankstatementline l WHERE l.statement_id = s.id)\n    ) THEN\n        RAISE EXCEPTION 'bank_statement_is_whole: a statement is taken whole, nothing is added to it'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='c387f16aba0405e65683df8c6deb08d7a940b0d9', level='STATEMENT', operation='INSERT', pgid='pgtrigger_bank_statement_is_whole_42f5d', referencing='REFERENCING NEW TABLE AS new_lines ', table='registries_bankstatementline', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='RegistrarKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', tokenization.kernel.fields.AddressField()),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='registrar_key_period'), models.UniqueConstraint(fields=('address', 'valid_from'), name='registrar_key_once')],
            },
        ),
        migrations.CreateModel(
            name='ConfirmationRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='confirmation_request', to='instructions.instruction')),
                ('salt', tokenization.kernel.fields.HashField()),
                ('valid_until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RegistryConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='tokenisation.tokencontract')),
                ('kind', models.CharField(choices=[('IMMOBILISE', 'Immobilise'), ('EXTINGUISH', 'Extinguish'), ('DETOKENISE', 'Detokenise'), ('WITHDRAW', 'Withdraw')], max_length=16)),
                ('instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='registry_confirmation', to='instructions.instruction')),
                ('units', models.BigIntegerField()),
                ('registry_reference', models.CharField(max_length=64)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='registries.registryconfirmation')),
                ('reference_hash', tokenization.kernel.fields.HashField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('signature', models.CharField(blank=True, max_length=132)),
                ('signer_address', tokenization.kernel.fields.AddressField(null=True)),
                ('confirmed_at', models.DateTimeField()),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaces__isnull', True)), fields=('token', 'kind', 'registry_reference'), name='registry_reference_once'), models.CheckConstraint(condition=models.Q(('units__gte', 1)), name='registry_confirmation_positive'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'IMMOBILISE'), _negated=True), models.Q(('signer_address__isnull', False), models.Q(('signature', ''), _negated=True)), _connector='OR'), name='registry_immobilise_is_signed')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ef8b945d20bd5af3cb973d662184601030d4d87f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_d845d', table='registries_registryconfirmation', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='098810b6197bc9bbf5acb75d1f4f7544040d010a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_109b3', table='registries_registryconfirmation', when='BEFORE')), pgtrigger.compiler.Trigger(name='registry_confirmation_fits', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM instructions_instruction i\n                        WHERE i.id = NEW.instruction_id AND i.token_id = NEW.token_id AND i.units = NEW.units\n                        AND CASE NEW.kind\n                            WHEN 'IMMOBILISE' THEN i.kind = 'CONFIRM' AND i.state = 'DRAFT'\n                            WHEN 'WITHDRAW' THEN i.kind = 'WITHDRAW' AND i.state = 'DONE'\n                            ELSE i.kind = 'REDEEM' AND i.state = 'DONE'\n                        END\n                    ) THEN\n                        RAISE EXCEPTION 'registry_confirmation_fits: before the mint or after the final log, same units'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM registries_registryconfirmation c\n                        JOIN instructions_instruction first ON first.id = c.instruction_id\n                        JOIN instructions_instruction i ON i.id = NEW.instruction_id\n                        WHERE c.id = NEW.replaces_id AND c.kind = 'IMMOBILISE' AND NEW.kind = 'IMMOBILISE'\n                        AND c.token_id = NEW.token_id AND c.registry_reference = NEW.registry_reference\n                        AND first.state = 'REJECTED' AND first.linked_to_id = i.linked_to_id\n                    ) THEN\n                        RAISE EXCEPTION 'registry_confirmation_fits: replaces a rejected one of the same issue'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='a8d2b96e32fb95e52bb8e29575688e0d56ef65f2', operation='INSERT', pgid='pgtrigger_registry_confirmation_fits_cf14b', table='registries_registryconfirmation', when='BEFORE')), pgtrigger.compiler.Trigger(name='registry_confirmation_raises_cap', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.kind = 'IMMOBILISE')", func='\n                    INSERT INTO registries_capaccount (token_id, confirmed, withdrawn, issued)\n                    VALUES (NEW.token_id, NEW.units, 0, 0)\n                    ON CONFLICT (token_id) DO UPDATE SET confirmed = registries_capaccount.confirmed + NEW.units;\n                    RETURN NULL;\n                ', hash='502878d196ef3918884f07112113dc1eece93262', operation='INSERT', pgid='pgtrigger_registry_confirmation_raises_cap_839b8', table='registries_registryconfirmation', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='CapAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='cap_account', to='tokenisation.tokencontract')),
                ('confirmed', models.BigIntegerField(default=0)),
                ('withdrawn', models.BigIntegerField(default=0)),
                ('issued', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('confirmed__gte', 0), ('issued__gte', 0), ('withdrawn__gte', 0)), name='cap_not_negative'), models.CheckConstraint(condition=models.Q(('issued__lte', django.db.models.expressions.CombinedExpression(models.F('confirmed'), '-', models.F('withdrawn')))), name='cap_covers_issued')],
                'triggers': [pgtrigger.compiler.Trigger(name='cap_moves_with_its_cause', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF pg_trigger_depth() < 2 THEN\n                        RAISE EXCEPTION 'cap_moves_with_its_cause: only a confirmation or an instruction moves the cap'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                    RETURN NEW;\n                ", hash='775275c7fbcff1429b058f1751a0c02e478e0e54', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_cap_moves_with_its_cause_002a8', table='registries_capaccount', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='CapReservation',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('instructions.instruction',),
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('statement_id', models.CharField(max_length=40, unique=True)),
                ('as_of', models.DateTimeField(unique=True)),
                ('imported_at', models.DateTimeField()),
                ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='17d94f2fb12d7a0b7cc77f5c9cdeb8169f17da21', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_edfe4', table='registries_statement', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5120668b793eabf53de49914b6a912cecd137876', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_f8ecd', table='registries_statement', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='StatementLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='registries.statement')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='series.series')),
                ('isin', models.CharField(max_length=12)),
                ('outstanding_minor', models.BigIntegerField()),
                ('conventional_minor', models.BigIntegerField()),
                ('immobilised_minor', models.BigIntegerField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('statement', 'isin'), name='statement_line_once'), models.CheckConstraint(condition=models.Q(('conventional_minor__gte', 0), ('immobilised_minor__gte', 0), ('outstanding_minor', django.db.models.expressions.CombinedExpression(models.F('conventional_minor'), '+', models.F('immobilised_minor')))), name='statement_line_adds_up')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='a518cf1936ab2bf48991b871b1c9260ff1bf19a9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_a8093', table='registries_statementline', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5ff9da52f30b8055ddc7dd4113f4d870bc0fb8e0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_96ecb', table='registries_statementline', when='BEFORE'))],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='capreservation',
            trigger=pgtrigger.compiler.Trigger(name='cap_follows_instruction', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.state IS DISTINCT FROM NEW.state)', declare='DECLARE change bigint;', func="\n                    IF NEW.kind = 'CONFIRM' AND NEW.state = 'SENT' AND NOT EXISTS (\n                        SELECT 1 FROM registries_registryconfirmation c WHERE c.instruction_id = NEW.id\n                    ) THEN\n                        RAISE EXCEPTION 'cap_follows_instruction: the registrar has not confirmed this instruction'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    IF NEW.kind = 'CONFIRM' AND NEW.state = 'REJECTED' THEN\n                        UPDATE registries_capaccount SET confirmed = confirmed - NEW.units\n                        WHERE token_id = NEW.token_id;\n                        RETURN NULL;\n                    END IF;\n                    IF NEW.kind NOT IN ('ISSUE', 'WITHDRAW') OR NEW.state NOT IN ('SENT', 'REJECTED') THEN\n                        RETURN NULL;\n                    END IF;\n                    change := CASE NEW.state WHEN 'SENT' THEN NEW.units ELSE -NEW.units END;\n                    UPDATE registries_capaccount\n                    SET issued = issued + CASE NEW.kind WHEN 'ISSUE' THEN change ELSE 0 END,\n                        withdrawn = withdrawn + CASE NEW.kind WHEN 'WITHDRAW' THEN change ELSE 0 END\n                    WHERE token_id = NEW.token_id;\n                    IF NOT FOUND THEN\n                        RAISE EXCEPTION 'cap_follows_instruction: nothing was ever immobilised for this token'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='623a3a679cd8c93bfacbb47f8996f67c867ee996', operation='UPDATE', pgid='pgtrigger_cap_follows_instruction_94200', table='instructions_instruction', when='AFTER')),
        ),
    ]
