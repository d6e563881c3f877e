import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import tokenization.identity.models.approval
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('identity', '0001_initial'),
        ('indexer', '0001_initial'),
        ('instructions', '0001_initial'),
        ('outbox', '0001_initial'),
        ('programme', '0001_initial'),
        ('series', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliations', to='tokenisation.tokencontract')),
                ('block_number', models.BigIntegerField()),
                ('block_hash', tokenization.kernel.fields.HashField()),
                ('block_time', models.DateTimeField()),
                ('head_number', models.BigIntegerField(help_text="The node's head when the run was made")),
                ('at', models.DateTimeField()),
                ('green', models.BooleanField()),
                ('phase', models.CharField(blank=True, max_length=80)),
                ('skipped', models.JSONField(default=list, help_text='Equations that do not apply yet, each with the reason')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['token', '-id'], name='reconciliation_latest')],
                'triggers': [pgtrigger.compiler.Trigger(name='run_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='a949d1bfd18e40064b4c8ca273870111ef85173c', operation='UPDATE OR DELETE', pgid='pgtrigger_run_kept_no_change_31ac1', table='reconciliation_run', when='BEFORE')), pgtrigger.compiler.Trigger(name='run_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e001933219ff1551680fb29b844e95d15d48f6f8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_run_kept_no_truncate_5abc9', table='reconciliation_run', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Conclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conclusions', to='reconciliation.run')),
                ('opinion', models.CharField(choices=[('UNQUALIFIED', 'unqualified'), ('QUALIFIED', 'qualified'), ('ADVERSE', 'adverse'), ('DISCLAIMER', 'disclaimer of opinion')], max_length=12)),
                ('words', models.CharField(max_length=2000)),
                ('concluded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('concluded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['run', '-id'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('opinion__in', ['UNQUALIFIED', 'QUALIFIED', 'ADVERSE', 'DISCLAIMER'])), name='conclusion_opinion'), models.CheckConstraint(condition=models.Q(('words__regex', '\\S')), name='conclusion_in_words')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6295c4ed6fc84f990146d0f566e53b4c6f20d691', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_c2339', table='reconciliation_conclusion', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c2081ce4c5cb2db0c001bf762f277d92fcc8056c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_f332a', table='reconciliation_conclusion', when='BEFORE')), pgtrigger.compiler.Trigger(name='conclusion_by_auditor', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM identity_rolegrant g\n                        WHERE g.user_id = NEW.concluded_by_id AND g.role = 'AUDITOR'\n                    ) THEN\n                        RAISE EXCEPTION 'conclusion_by_auditor: only an auditor concludes on a run'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'conclusion_by_auditor';\n                    END IF;\n                    RETURN NEW;\n                ", hash='53154f3e7501b6b3055e07f589f877bc36db6749', operation='INSERT', pgid='pgtrigger_conclusion_by_auditor_55b63', table='reconciliation_conclusion', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='EvidencePack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evidence_pack', to='reconciliation.run')),
                ('manifest', models.TextField()),
                ('manifest_hash', tokenization.kernel.fields.HashField(unique=True)),
                ('root', tokenization.kernel.fields.HashField()),
                ('files', models.PositiveIntegerField()),
                ('audit_sequence', models.BigIntegerField(help_text="The audit log's last entry when the pack was prepared")),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('prepared_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('ANCHORED', 'Anchored'), ('PREPARED', 'Prepared'), ('SIGNED', 'Signed')], default='PREPARED', max_length=10)),
                ('signature', models.CharField(blank=True, max_length=132)),
                ('signer_address', tokenization.kernel.fields.AddressField(null=True)),
                ('signed_at', models.DateTimeField(null=True)),
                ('intent', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='outbox.intent')),
                ('anchored_block', models.BigIntegerField(null=True)),
                ('anchored_tx', tokenization.kernel.fields.HashField(null=True)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['ANCHORED', 'PREPARED', 'SIGNED'])), name='evidence_pack_state'), models.CheckConstraint(condition=models.Q(('manifest_hash', tokenization.identity.models.approval.Sha256Hex(models.F('manifest')))), name='evidence_manifest_matches_hash'), models.CheckConstraint(condition=models.Q(models.Q(('signature', ''), ('signed_at__isnull', True), ('signer_address__isnull', True), ('state', 'PREPARED')), models.Q(models.Q(('state', 'PREPARED'), _negated=True), models.Q(('signature', ''), _negated=True), ('intent__isnull', False), ('signed_at__isnull', False), ('signer_address__isnull', False)), _connector='OR'), name='evidence_signed_by_state'), models.CheckConstraint(condition=models.Q(models.Q(('anchored_block__isnull', False), ('anchored_tx__isnull', False), ('state', 'ANCHORED')), models.Q(models.Q(('state', 'ANCHORED'), _negated=True), ('anchored_block__isnull', True), ('anchored_tx__isnull', True)), _connector='OR'), name='evidence_anchored_by_state')],
                'triggers': [pgtrigger.compiler.Trigger(name='evidence_pack_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='713e05dfa0900f0d1fc5f50865c71f41420307eb', operation='DELETE', pgid='pgtrigger_evidence_pack_no_delete_fcabb', table='reconciliation_evidencepack', when='BEFORE')), pgtrigger.compiler.Trigger(name='evidence_pack_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d2643f278d4add301b2a45d96d4c9d9105523705', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_evidence_pack_no_truncate_c8c7f', table='reconciliation_evidencepack', when='BEFORE')), pgtrigger.compiler.Trigger(name='evidence_pack_is_fixed', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN ((OLD.run_id IS DISTINCT FROM NEW.run_id OR OLD.manifest IS DISTINCT FROM NEW.manifest OR OLD.manifest_hash IS DISTINCT FROM NEW.manifest_hash OR OLD.root IS DISTINCT FROM NEW.root OR OLD.files IS DISTINCT FROM NEW.files OR OLD.audit_sequence IS DISTINCT FROM NEW.audit_sequence OR OLD.asked_by_id IS DISTINCT FROM NEW.asked_by_id OR OLD.prepared_at IS DISTINCT FROM NEW.prepared_at) OR OLD.state = 'ANCHORED' OR (OLD.signature <> '' AND OLD.signature IS DISTINCT FROM NEW.signature))", func="\n                    RAISE EXCEPTION 'evidence_pack_is_fixed: what was prepared, signed and anchored never changes'\n                        USING ERRCODE = 'check_violation';\n                ", hash='14c2d5ef4420961549d8e906b0deb81f7f2383cc', operation='UPDATE', pgid='pgtrigger_evidence_pack_is_fixed_8d1e6', table='reconciliation_evidencepack', when='BEFORE')), pgtrigger.compiler.Trigger(name='evidence_anchored_again', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.intent_id IS NOT NULL AND NEW.intent_id IS DISTINCT FROM OLD.intent_id)', func="\n    IF NOT EXISTS (\n        SELECT 1 FROM outbox_intent o JOIN outbox_intent n ON n.split_from_id = o.id\n        WHERE o.id = OLD.intent_id AND n.id = NEW.intent_id AND o.state IN ('REJECTED', 'REVERTED', 'CANCELLED')\n    ) THEN\n        RAISE EXCEPTION 'evidence_anchored_again: only in place of one that failed, and it names that one'\n            USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='3ff1a448a3d0fefb1c31a8f1df05ceeb7bfbceb2', operation='UPDATE', pgid='pgtrigger_evidence_anchored_again_01e6e', table='reconciliation_evidencepack', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='EvidenceArchive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='archive', to='reconciliation.evidencepack')),
                ('sha256', tokenization.kernel.fields.HashField()),
                ('content', models.BinaryField()),
            ],
            options={
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('sha256', models.Func('content', output_field=models.TextField(), template="('0x' || encode(sha256(%(expressions)s), 'hex'))"))), name='evidence_archive_matches_hash')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='7acf0b7de6aebe3cab72ff4523779e9f26554af1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_33ff5', table='reconciliation_evidencearchive', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='995c7f061bfeb24d15a89e94c6ba7b22098b1a0b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_f9be3', table='reconciliation_evidencearchive', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('supervisor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mandates', to=settings.AUTH_USER_MODEL)),
                ('scope', models.CharField(choices=[('DEBT', 'all debt'), ('RESERVE', 'all reserve-backed tokens'), ('CASH', 'settlement cash'), ('PROGRAMME', 'one programme'), ('SERIES', 'one series')], max_length=9)),
                ('programme', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.programme')),
                ('series', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='series.series')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('given_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('programme', None), ('scope__in', ['DEBT', 'RESERVE', 'CASH']), ('series', None)), models.Q(('programme__isnull', False), ('scope', 'PROGRAMME'), ('series', None)), models.Q(('programme', None), ('scope', 'SERIES'), ('series__isnull', False)), _connector='OR'), name='mandate_scope'), models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='mandate_days')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d0f3d62b9303c4b1a641548a72d2586a5de5c11a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_b4e8e', table='reconciliation_mandate', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='80f803d7341a4bcdc0367bb4e8c2f906ae0a9335', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_ab49e', table='reconciliation_mandate', when='BEFORE')), pgtrigger.compiler.Trigger(name='mandate_decided', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF NOT EXISTS (\n                SELECT 1 FROM identity_approval a\n                WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND a.action = 'custody.reconciliation.MandateGive'\n            ) THEN\n                RAISE EXCEPTION 'mandate_decided: two persons decide on a mandate'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_decided';\n            END IF;\n            RETURN NEW;\n        ", hash='a02bdcc7edf4d37a8854a1a33688ef9247c2baec', operation='INSERT', pgid='pgtrigger_mandate_decided_a6662', table='reconciliation_mandate', when='BEFORE')), pgtrigger.compiler.Trigger(name='mandate_of_supervisor', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM identity_rolegrant g\n                        WHERE g.user_id = NEW.supervisor_id AND g.role = 'SUPERVISOR'\n                    ) THEN\n                        RAISE EXCEPTION 'mandate_of_supervisor: only a supervisor sees by mandate'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_of_supervisor';\n                    END IF;\n                    RETURN NEW;\n                ", hash='9eb96c2bca7f38bf6a6016a608e71498c8a45c63', operation='INSERT', pgid='pgtrigger_mandate_of_supervisor_32d32', table='reconciliation_mandate', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='MandateEnding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mandate', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='ending', to='reconciliation.mandate')),
                ('reason', models.CharField(max_length=500)),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
                ('ended_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6a9766d56750e43ae5f3e4cd80c017df74afc152', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_e39c2', table='reconciliation_mandateending', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b313a5de6ab2c0929347e5f1a964b88b2c651d5b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_bc69d', table='reconciliation_mandateending', when='BEFORE')), pgtrigger.compiler.Trigger(name='mandate_ending_decided', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF NOT EXISTS (\n                SELECT 1 FROM identity_approval a\n                WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND a.action = 'custody.reconciliation.MandateEnd'\n            ) THEN\n                RAISE EXCEPTION 'mandate_ending_decided: two persons decide on a mandate'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_ending_decided';\n            END IF;\n            RETURN NEW;\n        ", hash='01605f64c3f29cb0c4791ea9303a208574166f14', operation='INSERT', pgid='pgtrigger_mandate_ending_decided_72ab6', table='reconciliation_mandateending', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Observation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='reconciliation.run')),
                ('source', models.CharField(choices=[('REGISTRY', "registrar's confirmations"), ('STATEMENT', "depository's statement"), ('INSTRUCTIONS', 'instructions'), ('REGISTER', 'register'), ('CHAIN', 'contract state'), ('CASH', 'cash journal'), ('VAULT', "vault's list"), ('ATTESTATION', "examiner's attestation")], max_length=20)),
                ('name', models.CharField(max_length=60)),
                ('value', tokenization.kernel.fields.Int256Field()),
                ('unit', models.CharField(default='units', max_length=20)),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'source', 'name'), name='reconciliation_seen_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='observation_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='39d3ca4a001cb6b7125c8afd1ad2ad130e5e3b40', operation='UPDATE OR DELETE', pgid='pgtrigger_observation_kept_no_change_e0884', table='reconciliation_observation', when='BEFORE')), pgtrigger.compiler.Trigger(name='observation_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d3266d7ac16ca5c5c8d269c0bb6cae57f0103e22', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_observation_kept_no_truncate_943a1', table='reconciliation_observation', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='InFlight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='in_flight', to='reconciliation.run')),
                ('instruction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='instructions.instruction')),
                ('side', models.CharField(choices=[('NOT_YET_MINTED', 'immobilised, not yet minted'), ('NOT_YET_RELEASED', 'burned, not yet released'), ('WITHDRAWN', 'withdrawn from the cap, not yet released'), ('CAP_NOT_YET_RAISED', 'confirmed, cap not yet raised')], max_length=20)),
                ('units', tokenization.kernel.fields.Uint256Field()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'instruction', 'side'), name='reconciliation_in_flight_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='in_flight_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='09174648670c1e5bebf827f8b94059d326053e2d', operation='UPDATE OR DELETE', pgid='pgtrigger_in_flight_kept_no_change_84461', table='reconciliation_inflight', when='BEFORE')), pgtrigger.compiler.Trigger(name='in_flight_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5631dc4bc6f78a3214fed1f7ced6270cc51eb10a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_in_flight_kept_no_truncate_1a003', table='reconciliation_inflight', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='EquationResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='equations', to='reconciliation.run')),
                ('name', models.CharField(max_length=60)),
                ('words', models.TextField()),
                ('left', tokenization.kernel.fields.Int256Field()),
                ('right', tokenization.kernel.fields.Int256Field()),
                ('difference', tokenization.kernel.fields.Int256Field()),
                ('unit', models.CharField(default='units', max_length=20)),
                ('holds', models.BooleanField()),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'name'), name='reconciliation_equation_once'), models.CheckConstraint(condition=models.Q(('difference', django.db.models.expressions.CombinedExpression(models.F('left'), '-', models.F('right')))), name='reconciliation_difference'), models.CheckConstraint(condition=models.Q(models.Q(('holds', True), _negated=True), ('difference', 0), _connector='OR'), name='reconciliation_holds')],
                'triggers': [pgtrigger.compiler.Trigger(name='equation_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6c31b2f13f046bebef38c370722cf4be07f80f63', operation='UPDATE OR DELETE', pgid='pgtrigger_equation_kept_no_change_68237', table='reconciliation_equationresult', when='BEFORE')), pgtrigger.compiler.Trigger(name='equation_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='a4a83bbd5f67e71967c6523bc0c34a066513b3db', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_equation_kept_no_truncate_7aec5', table='reconciliation_equationresult', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Break',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='tokenisation.tokencontract')),
                ('kind', models.CharField(choices=[('UNDUE_CREATION', 'units created without an instruction'), ('UNDUE_DESTRUCTION', 'units destroyed without an instruction'), ('UNDUE_MOVEMENT', 'units moved by force without an instruction'), ('CHAIN_REGISTER_MISMATCH', 'contract and register differ'), ('REGISTRY_STATEMENT_MISMATCH', "depository's statement differs"), ('BRIDGE_GAP', 'immobilised and tokenised units differ'), ('CAP_MISMATCH', 'minting cap and confirmations differ'), ('CASH_MISMATCH', 'settlement account and its claims differ'), ('RESERVE_SHORT', 'attested reserve does not cover the units'), ('RESERVE_ITEM', "item and the vault's list differ"), ('ATTESTATION_MISMATCH', "attestation and the contract's differ")], max_length=40)),
                ('key', models.CharField(max_length=200)),
                ('units', tokenization.kernel.fields.Int256Field()),
                ('unit', models.CharField(default='units', max_length=20)),
                ('tx_hash', tokenization.kernel.fields.HashField(null=True)),
                ('log', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='indexer.log')),
                ('story', models.TextField()),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opened_breaks', to='reconciliation.run')),
                ('last_seen', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seen_breaks', to='reconciliation.run')),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('CLOSED', 'closed')], default='OPEN', max_length=10)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='closed_breaks', to='identity.approval')),
                ('closed_at', models.DateTimeField(null=True)),
                ('closing_reason', models.TextField(blank=True)),
                ('closing_file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'OPEN')), fields=('token', 'key'), name='reconciliation_break_open_once'), models.UniqueConstraint(condition=models.Q(('log__isnull', False)), fields=('token', 'key'), name='reconciliation_cause_once'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('state', 'OPEN')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('state', 'CLOSED')), _connector='OR'), name='reconciliation_closed_by_two'), models.CheckConstraint(condition=models.Q(models.Q(('closing_file__isnull', True), ('closing_reason', ''), ('state', 'OPEN')), models.Q(models.Q(('closing_reason', ''), _negated=True), ('closing_file__isnull', False), ('state', 'CLOSED')), _connector='OR'), name='reconciliation_closed_with_evidence')],
                'triggers': [pgtrigger.compiler.Trigger(name='break_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='614a6e27e8ee9b0c645b4a056a0a6d93921ccc93', operation='DELETE', pgid='pgtrigger_break_no_delete_f2fd9', table='reconciliation_break', when='BEFORE')), pgtrigger.compiler.Trigger(name='break_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='aa921c9566f7aef2bf82b3bfd3bc458a15561968', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_break_no_truncate_808ac', table='reconciliation_break', when='BEFORE')), pgtrigger.compiler.Trigger(name='closed_break_stays', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN (OLD.state = 'CLOSED')", func="\n                    RAISE EXCEPTION 'a closed break stays as it is: a new difference is a new break'\n                        USING ERRCODE = 'restrict_violation';\n                ", hash='635b48de0ff813e69deda5ec89c0e480b0a74ee9', operation='UPDATE', pgid='pgtrigger_closed_break_stays_0546a', table='reconciliation_break', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='BreakEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='reconciliation.break')),
                ('equation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='reconciliation.equationresult')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('found', 'equation'), name='reconciliation_evidence_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='evidence_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0eed085922e8089e17f1c2648121ed2b99a8db2d', operation='UPDATE OR DELETE', pgid='pgtrigger_evidence_kept_no_change_3ad4b', table='reconciliation_breakevidence', when='BEFORE')), pgtrigger.compiler.Trigger(name='evidence_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='d1cb5a7a60c26da4aad08023eecb7f6c7a9dd5e3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_evidence_kept_no_truncate_04be5', table='reconciliation_breakevidence', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sightings', to='reconciliation.break')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sightings', to='reconciliation.run')),
                ('units', tokenization.kernel.fields.Int256Field()),
                ('unit', models.CharField(max_length=20)),
                ('story', models.TextField()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('found', 'run'), name='reconciliation_sighting_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='sighting_kept_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='9b2ac55db3b4ee8a2bc1c88516b63711a80c908d', operation='UPDATE OR DELETE', pgid='pgtrigger_sighting_kept_no_change_f7a1b', table='reconciliation_sighting', when='BEFORE')), pgtrigger.compiler.Trigger(name='sighting_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ca7b6e97c85c95a9467f37b9e95fde83f221cfd3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_sighting_kept_no_truncate_0a6b4', table='reconciliation_sighting', when='BEFORE'))],
            },
        ),
    ]
