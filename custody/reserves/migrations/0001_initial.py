import django.db.models.deletion
import django.db.models.functions.text
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
        ('outbox', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExaminerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('examiner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='examiner_keys', to='identity.party')),
                ('address', tokenization.kernel.fields.AddressField(unique=True)),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('enrolled_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='2a358e9d96a678453dbc57cefe22ac99c55d1d93', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_f2653', table='reserves_examinerkey', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='42879d75f9bd11935d8a8604b6fb565dff23a6fd', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_98e2f', table='reserves_examinerkey', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ReserveAttestation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='tokenisation.tokencontract')),
                ('number', models.PositiveIntegerField()),
                ('examiner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='identity.party')),
                ('claimed_minor', tokenization.kernel.fields.MinorField()),
                ('quantity_minor', tokenization.kernel.fields.MinorField()),
                ('encumbered_minor', tokenization.kernel.fields.MinorField()),
                ('as_of', models.DateTimeField()),
                ('expiry', models.DateTimeField()),
                ('scope', models.CharField(max_length=500)),
                ('standard', models.CharField(max_length=200)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('report_hash', tokenization.kernel.fields.HashField()),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_at', models.DateTimeField()),
                ('signature', models.CharField(blank=True, max_length=132)),
                ('signer', tokenization.kernel.fields.AddressField(null=True)),
                ('received_at', models.DateTimeField(null=True)),
                ('intent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('state', models.CharField(choices=[('DRAFT', 'to be signed'), ('RECEIVED', 'signed'), ('RELAYED', 'on its way to the chain'), ('IN_FORCE', 'on chain, final'), ('FAILED', 'the chain did not take it'), ('DISCARDED', 'never signed')], default='DRAFT', max_length=16)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['token', 'number'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['DISCARDED', 'DRAFT', 'FAILED', 'IN_FORCE', 'RECEIVED', 'RELAYED'])), name='reserve_attestation_state'), models.UniqueConstraint(fields=('token', 'number'), name='reserve_attestation_number_once'), models.CheckConstraint(condition=models.Q(('encumbered_minor__gte', 0), ('number__gte', 1), ('quantity_minor__gte', models.F('encumbered_minor')), ('expiry__gt', models.F('as_of')), ('quantity_minor__lte', models.F('claimed_minor'))), name='reserve_attestation_figures'), models.CheckConstraint(condition=models.Q(models.Q(('intent__isnull', True), ('signature', ''), ('signer__isnull', True), ('state__in', ['DRAFT', 'DISCARDED'])), models.Q(('received_at__isnull', False), ('signer__isnull', False), ('state', 'RECEIVED'), models.Q(('signature', ''), _negated=True)), models.Q(('intent__isnull', False), ('signer__isnull', False), ('state__in', ['RELAYED', 'IN_FORCE', 'FAILED']), models.Q(('signature', ''), _negated=True)), _connector='OR'), name='reserve_attestation_signed')],
                'triggers': [pgtrigger.compiler.Trigger(name='reserve_attestation_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='7e79c65253a5af3f9ccfd327597c70bcfc0aa451', operation='DELETE', pgid='pgtrigger_reserve_attestation_is_kept_no_delete_f0535', table='reserves_reserveattestation', when='BEFORE')), pgtrigger.compiler.Trigger(name='reserve_attestation_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='9611bfa6c4522f6d2e411880e0005a969351897c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_reserve_attestation_is_kept_no_truncate_ff527', table='reserves_reserveattestation', when='BEFORE')), pgtrigger.compiler.Trigger(name='reserve_attestation_begins_unsigned', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.state <> 'DRAFT' THEN\n        RAISE EXCEPTION 'reserve_attestation_begins_unsigned: an attestation is drawn up before it is signed'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='ed1aa079fc358f69cd3218b325374b568b71612f', operation='INSERT', pgid='pgtrigger_reserve_attestation_begins_unsigned_703ff', table='reserves_reserveattestation', when='BEFORE')), pgtrigger.compiler.Trigger(name='reserve_attestation_is_fixed', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.number IS DISTINCT FROM NEW.number OR OLD.examiner_id IS DISTINCT FROM NEW.examiner_id OR OLD.claimed_minor IS DISTINCT FROM NEW.claimed_minor OR OLD.quantity_minor IS DISTINCT FROM NEW.quantity_minor OR OLD.encumbered_minor IS DISTINCT FROM NEW.encumbered_minor OR OLD.as_of IS DISTINCT FROM NEW.as_of OR OLD.expiry IS DISTINCT FROM NEW.expiry OR OLD.scope IS DISTINCT FROM NEW.scope OR OLD.standard IS DISTINCT FROM NEW.standard OR OLD.report_id IS DISTINCT FROM NEW.report_id OR OLD.report_hash IS DISTINCT FROM NEW.report_hash OR OLD.drafted_by_id IS DISTINCT FROM NEW.drafted_by_id OR OLD.drafted_at IS DISTINCT FROM NEW.drafted_at OR (OLD.signature <> '' AND (OLD.signature, OLD.signer) IS DISTINCT FROM (NEW.signature, NEW.signer)))", func="\n    RAISE EXCEPTION 'reserve_attestation_is_fixed: what an examiner was asked to sign, or signed, never changes'\n        USING ERRCODE = 'check_violation';\n", hash='5c164db210db2ee0096f9a80eac2ebf500122b61', operation='UPDATE', pgid='pgtrigger_reserve_attestation_is_fixed_b540f', table='reserves_reserveattestation', when='BEFORE')), pgtrigger.compiler.Trigger(name='reserve_attestation_by_its_examiner', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'RECEIVED' AND OLD.state <> 'RECEIVED')", func="\n    IF NOT EXISTS (\n        SELECT 1 FROM reserves_examinerkey k WHERE k.address = NEW.signer AND k.examiner_id = NEW.examiner_id\n    ) THEN\n        RAISE EXCEPTION 'reserve_attestation_by_its_examiner: signed with no key of this examiner'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='1deb22c3c5c3527f06917b1512d39fbec023193d', operation='UPDATE', pgid='pgtrigger_reserve_attestation_by_its_examiner_e8c1a', table='reserves_reserveattestation', when='BEFORE')), pgtrigger.compiler.Trigger(name='reserve_attestation_counts_when_final', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'IN_FORCE' AND OLD.state <> 'IN_FORCE')", func="\n    IF OLD.state <> 'RELAYED' OR NOT EXISTS (\n        SELECT 1 FROM outbox_intent i WHERE i.id = NEW.intent_id AND i.state = 'FINAL' AND i.function = 'attest'\n    ) THEN\n        RAISE EXCEPTION 'reserve_attestation_counts_when_final: its call is not in a final block'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='7eb4686033aecba2b38a93da17d734c44e2e0180', operation='UPDATE', pgid='pgtrigger_reserve_attestation_counts_when_final_5d071', table='reserves_reserveattestation', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='EncumbranceRaise',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='encumbrance_raises', to='tokenisation.tokencontract')),
                ('sequence', models.PositiveIntegerField()),
                ('added_minor', tokenization.kernel.fields.MinorField()),
                ('encumbered_minor', tokenization.kernel.fields.MinorField()),
                ('basis', models.PositiveSmallIntegerField()),
                ('reason', models.CharField(max_length=300)),
                ('salt', tokenization.kernel.fields.HashField()),
                ('intent', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('raised_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['token', 'sequence'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('token', 'sequence'), name='encumbrance_raise_once'), models.CheckConstraint(condition=models.Q(('added_minor__gt', 0), ('encumbered_minor__gte', models.F('added_minor'))), name='encumbrance_raise_goes_up')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='47ef8f203951eedf00aff6ec55f5ee0b648af4ab', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_2439f', table='reserves_encumbranceraise', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='2c2a283f717c5b1fdacee6640a8d83522d05c395', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_4ab9a', table='reserves_encumbranceraise', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ReserveGate',
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
            name='Vault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vaults', to='identity.party')),
                ('commodity', tokenization.kernel.fields.CurrencyField()),
                ('location', models.CharField(max_length=200)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^[A-Z0-9][A-Z0-9-]+$')), name='vault_code_shape')],
                'triggers': [pgtrigger.compiler.Trigger(name='vault_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='126e195aece3cf1c65509a4aa5ed8470402af773', operation='DELETE', pgid='pgtrigger_vault_is_kept_no_delete_64110', table='reserves_vault', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='1457c1fe511fa682d7f6df77c598220f6ee89129', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_vault_is_kept_no_truncate_54c76', table='reserves_vault', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='VaultItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vault', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='reserves.vault')),
                ('form', models.CharField(choices=[('BAR', 'bar'), ('TANK', 'tank')], max_length=4)),
                ('key', models.CharField(max_length=130)),
                ('brand', models.CharField(blank=True, max_length=40)),
                ('serial', models.CharField(blank=True, max_length=40)),
                ('year', models.PositiveSmallIntegerField(null=True)),
                ('tank', models.CharField(blank=True, max_length=40)),
                ('batch', models.CharField(blank=True, max_length=40)),
                ('certificate', models.CharField(blank=True, max_length=40)),
                ('gross_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('assay', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ('refiner_fine_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('fine_minor', tokenization.kernel.fields.MinorField()),
                ('state', models.CharField(choices=[('FREE', 'free'), ('ALLOCATED', 'behind a token'), ('PLEDGED', 'pledged'), ('ENCUMBERED', 'encumbered'), ('RELEASE_ORDERED', 'to be released'), ('RELEASED', 'released')], default='FREE', max_length=16)),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reserve_items', to='tokenisation.tokencontract')),
                ('moves', models.PositiveIntegerField(default=0)),
            ],
            options={
                'ordering': ['vault', 'key'],
                'indexes': [models.Index(fields=['token', 'state'], name='vault_item_by_token')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['ALLOCATED', 'ENCUMBERED', 'FREE', 'PLEDGED', 'RELEASED', 'RELEASE_ORDERED'])), name='vault_item_state'), models.UniqueConstraint(django.db.models.functions.text.Upper('brand'), django.db.models.functions.text.Upper('serial'), models.F('year'), condition=models.Q(('form', 'BAR')), name='vault_item_bar_once'), models.UniqueConstraint(models.F('vault'), django.db.models.functions.text.Upper('tank'), django.db.models.functions.text.Upper('batch'), condition=models.Q(('form', 'TANK')), name='vault_item_batch_once'), models.CheckConstraint(condition=models.Q(('batch__regex', '^([A-Za-z0-9._-]+( [A-Za-z0-9._-]+)*)?$'), ('brand__regex', '^([A-Za-z0-9._-]+( [A-Za-z0-9._-]+)*)?$'), ('serial__regex', '^([A-Za-z0-9._-]+( [A-Za-z0-9._-]+)*)?$'), ('tank__regex', '^([A-Za-z0-9._-]+( [A-Za-z0-9._-]+)*)?$')), name='vault_item_named_plainly'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['ALLOCATED', 'RELEASE_ORDERED']), ('token__isnull', False)), models.Q(models.Q(('state__in', ['ALLOCATED', 'RELEASE_ORDERED']), _negated=True), ('token__isnull', True)), _connector='OR'), name='vault_item_backs_one_token'), models.CheckConstraint(condition=models.Q(('fine_minor__gt', 0)), name='vault_item_positive'), models.CheckConstraint(condition=models.Q(models.Q(('assay__isnull', False), ('batch', ''), ('certificate', ''), ('form', 'BAR'), ('gross_minor__gte', models.F('fine_minor')), ('refiner_fine_minor__gt', 0), ('tank', ''), ('year__isnull', False), models.Q(('brand', ''), _negated=True), models.Q(('serial', ''), _negated=True)), models.Q(('assay__isnull', True), ('brand', ''), ('form', 'TANK'), ('gross_minor__isnull', True), ('serial', ''), ('year__isnull', True), ('refiner_fine_minor__isnull', True), models.Q(('tank', ''), _negated=True), models.Q(('batch', ''), _negated=True), models.Q(('certificate', ''), _negated=True)), _connector='OR'), name='vault_item_of_a_form')],
                'triggers': [pgtrigger.compiler.Trigger(name='vault_item_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='cae05bba5d1aa0fc2e5be4eb5a3b920745d49a68', operation='DELETE', pgid='pgtrigger_vault_item_is_kept_no_delete_de21a', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b2acaf4db7b4d5e775cf7499367adae3f55062fa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_vault_item_is_kept_no_truncate_ab0ed', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_begins_free', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.state <> 'FREE' OR NEW.token_id IS NOT NULL OR NEW.moves <> 0 THEN\n        RAISE EXCEPTION 'vault_item_begins_free: an item is written as FREE' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='a4bd1c307c1f249a1b03f222a8b681570821ff56', operation='INSERT', pgid='pgtrigger_vault_item_begins_free_13c7e', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_is_itself', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.vault_id IS DISTINCT FROM NEW.vault_id OR OLD.form IS DISTINCT FROM NEW.form OR OLD.key IS DISTINCT FROM NEW.key OR OLD.brand IS DISTINCT FROM NEW.brand OR OLD.serial IS DISTINCT FROM NEW.serial OR OLD.year IS DISTINCT FROM NEW.year OR OLD.tank IS DISTINCT FROM NEW.tank OR OLD.batch IS DISTINCT FROM NEW.batch)', func="\n    RAISE EXCEPTION 'vault_item_is_itself: which item it is never changes' USING ERRCODE = 'check_violation';\n", hash='d8e15af8e0719d155b9ec36df256974e1e055000', operation='UPDATE', pgid='pgtrigger_vault_item_is_itself_3b1fa', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_moves_with_history', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.token_id IS DISTINCT FROM NEW.token_id)', func="\n    IF NEW.moves <> OLD.moves + 1 OR NOT EXISTS (\n        SELECT 1 FROM reserves_vaultitemmove m WHERE m.item_id = NEW.id AND m.sequence = NEW.moves\n        AND m.old_state = OLD.state AND m.new_state = NEW.state\n        AND m.token_id IS NOT DISTINCT FROM COALESCE(NEW.token_id, OLD.token_id)\n    ) THEN\n        RAISE EXCEPTION 'vault_item_moves_with_history: a row of history says from where to where, and for which token'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='1a015cd7a75a3a1e7cccc24dc1a43a871da5af0e', operation='UPDATE', pgid='pgtrigger_vault_item_moves_with_history_dd12e', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_of_one_measure', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.token_id IS NOT NULL AND OLD.token_id IS DISTINCT FROM NEW.token_id)', func="\n    IF NOT EXISTS (\n        SELECT 1 FROM reserves_vault v JOIN tokenisation_tokencontract t ON t.currency = v.commodity\n        WHERE v.id = NEW.vault_id AND t.id = NEW.token_id AND t.purpose = 'SECURITY'\n    ) THEN\n        RAISE EXCEPTION 'vault_item_of_one_measure: the token counts in another measure than the vault'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='bfb24c027afcf2ece1c30b0e92eb741362c62095', operation='UPDATE', pgid='pgtrigger_vault_item_of_one_measure_c44fa', table='reserves_vaultitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_is_promised', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (OLD.state = 'ALLOCATED' AND NEW.state IN ('FREE', 'PLEDGED', 'ENCUMBERED'))", func="\n    IF EXISTS (\n        SELECT 1 FROM reserves_redemptionitem a JOIN reserves_physicalredemption r ON r.id = a.redemption_id\n        WHERE a.item_id = NEW.id AND a.live AND r.state IN ('APPROVED', 'BURNING', 'BURNED', 'RELEASE_ORDERED')\n    ) THEN\n        RAISE EXCEPTION 'vault_item_is_promised: a redemption that was approved waits for this item'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='274ec1857e91d58a7a4c019567352aa49fbf0373', operation='UPDATE', pgid='pgtrigger_vault_item_is_promised_0ce46', table='reserves_vaultitem', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='PhysicalRedemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='physical_redemptions', to='tokenisation.tokencontract')),
                ('wallet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='physical_redemptions', to='tokenisation.wallet')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='physical_redemptions', to='identity.party')),
                ('vault', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='reserves.vault')),
                ('units', models.BigIntegerField()),
                ('collector', models.CharField(max_length=200)),
                ('instruction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='physical_redemption', to='instructions.instruction')),
                ('encumbrance', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redemption', to='reserves.encumbranceraise')),
                ('state', models.CharField(choices=[('REQUESTED', 'asked for'), ('APPROVED', 'approved'), ('BURNING', 'units being burned'), ('BURNED', 'burned'), ('RELEASE_ORDERED', 'release ordered'), ('RELEASED', 'released'), ('FAILED', 'given up'), ('CANCELLED', 'taken back')], default='REQUESTED', max_length=16)),
                ('vault_reference', models.CharField(blank=True, max_length=64)),
                ('released_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['APPROVED', 'BURNED', 'BURNING', 'CANCELLED', 'FAILED', 'RELEASED', 'RELEASE_ORDERED', 'REQUESTED'])), name='physical_redemption_state'), models.CheckConstraint(condition=models.Q(('units__gte', 1), models.Q(('collector', ''), _negated=True)), name='physical_redemption_positive'), models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', False), ('state', 'RELEASED'), models.Q(('vault_reference', ''), _negated=True)), models.Q(models.Q(('state', 'RELEASED'), _negated=True), ('released_at__isnull', True), ('vault_reference', '')), _connector='OR'), name='physical_redemption_released_by_vault')],
                'triggers': [pgtrigger.compiler.Trigger(name='physical_redemption_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0400a1396ec40e61d96bee297b02bc948a5f30bf', operation='DELETE', pgid='pgtrigger_physical_redemption_is_kept_no_delete_c9c51', table='reserves_physicalredemption', when='BEFORE')), pgtrigger.compiler.Trigger(name='physical_redemption_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='8c977595ff626ebe796e7951e3ba8cd6cf7de089', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_physical_redemption_is_kept_no_truncate_ac785', table='reserves_physicalredemption', when='BEFORE')), pgtrigger.compiler.Trigger(name='physical_redemption_begins', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE holder text;', func="\n    IF NEW.state <> 'REQUESTED' OR NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.kind = 'REDEEM'\n        AND i.token_id = NEW.token_id AND i.wallet_id = NEW.wallet_id AND i.units = NEW.units\n    ) THEN\n        RAISE EXCEPTION 'physical_redemption_begins: asked for with the burn of exactly these units of this wallet'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    SELECT w.address INTO STRICT holder FROM tokenisation_wallet w WHERE w.id = NEW.wallet_id;\n    -- What the wallet holds, less what is in dispute and what was asked for already and is not burned yet.\n    IF COALESCE((SELECT p.units FROM register_position p WHERE p.token_id = NEW.token_id AND p.account = holder), 0)\n        - COALESCE((SELECT sum(d.units) FROM register_disputeentry d\n            WHERE d.token_id = NEW.token_id AND d.wallet = holder), 0)\n        - COALESCE((SELECT sum(r.units) FROM reserves_physicalredemption r\n            JOIN instructions_instruction i ON i.id = r.instruction_id\n            WHERE r.token_id = NEW.token_id AND r.wallet_id = NEW.wallet_id\n            AND r.state IN ('REQUESTED', 'APPROVED', 'BURNING') AND i.state <> 'DONE'), 0) < NEW.units\n    THEN\n        RAISE EXCEPTION 'physical_redemption_is_held: the wallet does not hold so many units that are free'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'physical_redemption_is_held';\n    END IF;\n    RETURN NEW;\n", hash='76b5f1daea3e3627189235933b61dd523009a16f', operation='INSERT', pgid='pgtrigger_physical_redemption_begins_47f6b', table='reserves_physicalredemption', when='BEFORE')), pgtrigger.compiler.Trigger(name='physical_redemption_is_exact', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n    IF (SELECT COALESCE(sum(r.fine_minor), 0) FROM reserves_redemptionitem r WHERE r.redemption_id = NEW.id)\n        <> NEW.units * (SELECT s.denomination_minor FROM tokenisation_tokencontract t\n            JOIN series_series s ON s.id = t.series_id WHERE t.id = NEW.token_id)\n    THEN\n        RAISE EXCEPTION 'physical_redemption_is_exact: units x backing is the quantity of the items'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='0432a62984449e0e31db6664f29bf051d8af144b', operation='INSERT', pgid='pgtrigger_physical_redemption_is_exact_17714', table='reserves_physicalredemption', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')), pgtrigger.compiler.Trigger(name='physical_redemption_moves', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.wallet_id IS DISTINCT FROM NEW.wallet_id OR OLD.party_id IS DISTINCT FROM NEW.party_id OR OLD.vault_id IS DISTINCT FROM NEW.vault_id OR OLD.units IS DISTINCT FROM NEW.units OR OLD.collector IS DISTINCT FROM NEW.collector OR OLD.instruction_id IS DISTINCT FROM NEW.instruction_id OR OLD.requested_by_id IS DISTINCT FROM NEW.requested_by_id OR OLD.requested_at IS DISTINCT FROM NEW.requested_at OR OLD.state IN ('RELEASED', 'FAILED', 'CANCELLED') THEN\n        RAISE EXCEPTION 'physical_redemption_is_fixed: what was asked for never changes, nor a finished redemption'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    IF NEW.state IN ('BURNED', 'RELEASE_ORDERED', 'RELEASED') AND NOT EXISTS (\n        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.state = 'DONE'\n    ) THEN\n        RAISE EXCEPTION 'physical_redemption_burns_first: its burn is not final' USING ERRCODE = 'check_violation';\n    END IF;\n    IF NEW.state IN ('RELEASE_ORDERED', 'RELEASED') AND NOT EXISTS (\n        SELECT 1 FROM reserves_releaseorder o WHERE o.redemption_id = NEW.id\n    ) THEN\n        RAISE EXCEPTION 'physical_redemption_is_ordered: there is no release order' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='b3a59bcaf31ec6dbddeb9ee0cca1cf75b1758065', operation='UPDATE', pgid='pgtrigger_physical_redemption_moves_0a103', table='reserves_physicalredemption', when='BEFORE')), pgtrigger.compiler.Trigger(name='physical_redemption_no_burn_without_order', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.state = 'BURNED')", constraint='CONSTRAINT', func="\n    IF NOT EXISTS (SELECT 1 FROM reserves_releaseorder o WHERE o.redemption_id = NEW.id) THEN\n        RAISE EXCEPTION 'physical_redemption_no_burn_without_order: burned units and no release order'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='a6c319237118a07cb4b5b8f3f66f48ecc06ec1f8', operation='UPDATE', pgid='pgtrigger_physical_redemption_no_burn_without_order_8b09d', table='reserves_physicalredemption', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='VaultItemMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='reserves.vaultitem')),
                ('sequence', models.PositiveIntegerField()),
                ('old_state', models.CharField(choices=[('FREE', 'free'), ('ALLOCATED', 'behind a token'), ('PLEDGED', 'pledged'), ('ENCUMBERED', 'encumbered'), ('RELEASE_ORDERED', 'to be released'), ('RELEASED', 'released')], max_length=16)),
                ('new_state', models.CharField(choices=[('FREE', 'free'), ('ALLOCATED', 'behind a token'), ('PLEDGED', 'pledged'), ('ENCUMBERED', 'encumbered'), ('RELEASE_ORDERED', 'to be released'), ('RELEASED', 'released')], max_length=16)),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.tokencontract')),
                ('approval', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('redemption', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='reserves.physicalredemption')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('moved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('moved_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['item', 'sequence'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('item', 'sequence'), name='vault_item_move_once'), models.CheckConstraint(condition=models.Q(models.Q(('new_state', 'ENCUMBERED'), ('old_state', 'ALLOCATED')), models.Q(('new_state', 'FREE'), ('old_state', 'ALLOCATED')), models.Q(('new_state', 'PLEDGED'), ('old_state', 'ALLOCATED')), models.Q(('new_state', 'RELEASE_ORDERED'), ('old_state', 'ALLOCATED')), models.Q(('new_state', 'FREE'), ('old_state', 'ENCUMBERED')), models.Q(('new_state', 'ALLOCATED'), ('old_state', 'FREE')), models.Q(('new_state', 'ENCUMBERED'), ('old_state', 'FREE')), models.Q(('new_state', 'PLEDGED'), ('old_state', 'FREE')), models.Q(('new_state', 'FREE'), ('old_state', 'PLEDGED')), models.Q(('new_state', 'RELEASED'), ('old_state', 'RELEASE_ORDERED')), _connector='OR'), name='vault_item_move_declared')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0a5fcf1263053a4ba389c9a9a6ad2fe47bb7be34', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_6ffa4', table='reserves_vaultitemmove', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='48f4c1fdf0612a767b45c78f702d44bdaadbfc4f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_938a0', table='reserves_vaultitemmove', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_moves_by_decision', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.new_state IN ('RELEASE_ORDERED', 'RELEASED') THEN\n        IF NOT EXISTS (\n            SELECT 1 FROM reserves_redemptionitem a JOIN reserves_physicalredemption r ON r.id = a.redemption_id\n            JOIN reserves_releaseorder o ON o.redemption_id = r.id\n            WHERE a.item_id = NEW.item_id AND a.live AND r.id = NEW.redemption_id\n            AND r.state = CASE NEW.new_state WHEN 'RELEASED' THEN 'RELEASED' ELSE 'BURNED' END\n        ) THEN\n            RAISE EXCEPTION 'vault_item_moves_by_decision: released by the order of its redemption, after the burn'\n                USING ERRCODE = 'check_violation';\n        END IF;\n        RETURN NEW;\n    END IF;\n    IF NOT EXISTS (\n        SELECT 1 FROM identity_approvalitem i JOIN identity_approval a ON a.id = i.approval_id\n        WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND i.leaf = '0x' || encode(sha256(convert_to(\n            format('reserve item %s move %s to %s token %s', NEW.item_id, NEW.sequence, NEW.new_state,\n                COALESCE(NEW.token_id::text, '-')), 'UTF8')), 'hex')\n    ) THEN\n        RAISE EXCEPTION 'vault_item_moves_by_decision: no approved approval holds this move'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='508d363f561601130eed0fa1e7c539972258fa3a', operation='INSERT', pgid='pgtrigger_vault_item_moves_by_decision_3f745', table='reserves_vaultitemmove', when='BEFORE')), pgtrigger.compiler.Trigger(name='vault_item_move_happened', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', func="\n    IF NOT EXISTS (SELECT 1 FROM reserves_vaultitem i WHERE i.id = NEW.item_id AND i.moves >= NEW.sequence) THEN\n        RAISE EXCEPTION 'vault_item_move_happened: history tells of a move that the item never made'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NULL;\n", hash='b2ba2c6afd883e90c226dcc1947cd23bc086cca2', operation='INSERT', pgid='pgtrigger_vault_item_move_happened_5ffbe', table='reserves_vaultitemmove', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER'))],
            },
        ),
        migrations.CreateModel(
            name='VaultList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vault', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lists', to='reserves.vault')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('layout', models.CharField(max_length=10)),
                ('number', models.PositiveIntegerField()),
                ('as_of', models.DateTimeField()),
                ('items', models.PositiveIntegerField()),
                ('total_minor', tokenization.kernel.fields.MinorField()),
                ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('imported_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['vault', 'number'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('vault', 'number'), name='vault_list_number_once'), models.UniqueConstraint(fields=('vault', 'as_of'), name='vault_list_instant_once'), models.CheckConstraint(condition=models.Q(('items__gte', 1), ('number__gte', 1), ('total_minor__gt', 0)), name='vault_list_holds_items')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='67bf43336a73091bf5bbeb8bdc05bc088dabedfd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_c8921', table='reserves_vaultlist', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c9cb20fc77d2eab0ad0754b0472f25d3aa806d75', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_94b11', table='reserves_vaultlist', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='VaultListLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='reserves.vaultlist')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='told', to='reserves.vaultitem')),
                ('line', models.PositiveIntegerField()),
                ('fine_minor', tokenization.kernel.fields.MinorField()),
                ('gross_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('assay', models.DecimalField(decimal_places=1, max_digits=4, null=True)),
                ('refiner_gross_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('refiner_fine_minor', tokenization.kernel.fields.MinorField(null=True)),
                ('inspector', models.CharField(blank=True, max_length=40)),
                ('certificate', models.CharField(blank=True, max_length=40)),
                ('api_gravity', models.DecimalField(decimal_places=1, max_digits=3, null=True)),
                ('sediment_water_pct', models.DecimalField(decimal_places=3, max_digits=5, null=True)),
            ],
            options={
                'ordering': ['list', 'line'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('list', 'item'), name='vault_list_line_once'), models.CheckConstraint(condition=models.Q(('fine_minor__gt', 0)), name='vault_list_line_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0834ebbfaf57c6462e568664038f848baab88e79', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_c755f', table='reserves_vaultlistline', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0203b915be0e06d68d204e095d71d5a7ece08280', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_00af1', table='reserves_vaultlistline', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='RedemptionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('redemption', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='reserves.physicalredemption')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asked', to='reserves.vaultitem')),
                ('fine_minor', tokenization.kernel.fields.MinorField()),
                ('live', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['redemption', 'item'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('live', True)), fields=('item',), name='redemption_item_asked_once'), models.UniqueConstraint(fields=('redemption', 'item'), name='redemption_item_once'), models.CheckConstraint(condition=models.Q(('fine_minor__gt', 0)), name='redemption_item_positive')],
                'triggers': [pgtrigger.compiler.Trigger(name='redemption_item_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='58ee919b19408d64ddf8faeebe43392900e5e12d', operation='DELETE', pgid='pgtrigger_redemption_item_is_kept_no_delete_408ea', table='reserves_redemptionitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='redemption_item_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='dca82a3928c995f23209bc9aca7661bb955da79e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_redemption_item_is_kept_no_truncate_b1284', table='reserves_redemptionitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='redemption_item_backs_the_token', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT 1 FROM reserves_vaultitem v JOIN reserves_physicalredemption r ON r.id = NEW.redemption_id\n        WHERE v.id = NEW.item_id AND v.state = 'ALLOCATED' AND v.token_id = r.token_id AND v.vault_id = r.vault_id\n        AND v.fine_minor = NEW.fine_minor AND r.state = 'REQUESTED'\n    ) THEN\n        RAISE EXCEPTION 'redemption_item_backs_the_token: an item of that vault, behind that token, at its weight'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='be55ee80008cd82b139cafd68b9bdac6af36adb2', operation='INSERT', pgid='pgtrigger_redemption_item_backs_the_token_96c46', table='reserves_redemptionitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='redemption_item_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.redemption_id <> NEW.redemption_id OR OLD.item_id <> NEW.item_id OR OLD.fine_minor <> NEW.fine_minor\n        OR (NEW.live AND NOT OLD.live) OR (NOT NEW.live AND NOT EXISTS (\n            SELECT 1 FROM reserves_physicalredemption r\n            WHERE r.id = NEW.redemption_id AND r.state IN ('FAILED', 'CANCELLED')))\n    THEN\n        RAISE EXCEPTION 'redemption_item_is_fixed: given back only when its redemption came to nothing'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='1f832c8e7d01a9f1a44469254004120ee3e797d8', operation='UPDATE', pgid='pgtrigger_redemption_item_is_fixed_903cf', table='reserves_redemptionitem', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ReleaseOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('redemption', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order', to='reserves.physicalredemption')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('ordered_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d024312d77cb3c6a7b66af1552f3f70cdc65391c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_f7592', table='reserves_releaseorder', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e3947b8234e54401dd434339ab5d402029caf044', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_da271', table='reserves_releaseorder', when='BEFORE')), pgtrigger.compiler.Trigger(name='release_order_after_burn', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT 1 FROM reserves_physicalredemption r JOIN instructions_instruction i ON i.id = r.instruction_id\n        WHERE r.id = NEW.redemption_id AND i.state = 'DONE' AND i.settled_log_id IS NOT NULL\n    ) THEN\n        RAISE EXCEPTION 'release_order_after_burn: nothing is released before the final log of its burn'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='83b1b5778951a8b265df25e0e54dfe4ff3318a6a', operation='INSERT', pgid='pgtrigger_release_order_after_burn_644bf', table='reserves_releaseorder', when='BEFORE'))],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reservegate',
            trigger=pgtrigger.compiler.Trigger(name='reserve_backs_issue', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.kind = 'ISSUE' AND NEW.state = 'SENT' AND OLD.state <> 'SENT')", declare='DECLARE terms RECORD; word RECORD; raised RECORD; chain_now timestamptz; held bigint; supply numeric; eligible numeric;', func="\n    SELECT s.denomination_minor, s.margin_bps INTO terms\n    FROM tokenisation_tokencontract t JOIN series_series s ON s.id = t.series_id\n    WHERE t.id = NEW.token_id AND s.kind = 'RESERVE';\n    IF NOT FOUND THEN\n        RETURN NULL;\n    END IF;\n    -- One issue of a token at a time: the next one counts this one.\n    PERFORM 1 FROM tokenisation_tokencontract WHERE id = NEW.token_id FOR NO KEY UPDATE;\n    SELECT a.* INTO word FROM reserves_reserveattestation a\n    WHERE a.token_id = NEW.token_id AND a.state = 'IN_FORCE' ORDER BY a.number DESC LIMIT 1;\n    IF NOT FOUND THEN\n        RAISE EXCEPTION 'reserve_backs_issue: nothing is attested behind this token'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';\n    END IF;\n    SELECT max(b.timestamp) INTO chain_now FROM indexer_block b;\n    IF (chain_now < word.expiry) IS NOT TRUE THEN\n        RAISE EXCEPTION 'reserve_backs_issue: attestation % ended on %', word.number, word.expiry\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';\n    END IF;\n    SELECT r.encumbered_minor, r.raised_at INTO raised FROM reserves_encumbranceraise r\n    WHERE r.token_id = NEW.token_id ORDER BY r.sequence DESC LIMIT 1;\n    held := word.encumbered_minor;\n    IF raised.raised_at >= word.as_of THEN\n        held := greatest(held, raised.encumbered_minor);\n    END IF;\n    SELECT COALESCE(sum(CASE WHEN i.kind = 'ISSUE' AND i.state IN ('SENT', 'DONE') THEN i.units\n        WHEN i.kind = 'REDEEM' AND i.state = 'DONE' AND EXISTS (SELECT 1 FROM reserves_releaseorder o\n            JOIN reserves_physicalredemption r ON r.id = o.redemption_id WHERE r.instruction_id = i.id)\n        THEN -i.units ELSE 0 END), 0) INTO supply\n    FROM instructions_instruction i WHERE i.token_id = NEW.token_id;\n    eligible := floor(greatest(word.quantity_minor - held, 0)::numeric * (10000 - terms.margin_bps) / 10000);\n    IF supply * terms.denomination_minor > eligible THEN\n        RAISE EXCEPTION 'reserve_backs_issue: % are needed and % are eligible',\n            supply * terms.denomination_minor, eligible\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';\n    END IF;\n    RETURN NULL;\n", hash='fd0676d465b51187f36bd548fef6165545ef8e33', operation='UPDATE', pgid='pgtrigger_reserve_backs_issue_d248c', table='instructions_instruction', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reservegate',
            trigger=pgtrigger.compiler.Trigger(name='reserve_burn_for_items', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (NEW.kind = 'REDEEM' AND NEW.state = 'SENT' AND OLD.state <> 'SENT')", func="\n    IF EXISTS (\n        SELECT 1 FROM tokenisation_tokencontract t JOIN series_series s ON s.id = t.series_id\n        WHERE t.id = NEW.token_id AND s.kind = 'RESERVE'\n    ) AND NOT EXISTS (\n        SELECT 1 FROM reserves_physicalredemption r WHERE r.instruction_id = NEW.id AND r.state = 'APPROVED'\n    ) THEN\n        RAISE EXCEPTION 'reserve_burn_for_items: units of a reserve are burned for chosen items, approved by two'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='441668af640375e40804064b5b5f690ef73b9b44', operation='UPDATE', pgid='pgtrigger_reserve_burn_for_items_2dd23', table='instructions_instruction', when='BEFORE')),
        ),
    ]
