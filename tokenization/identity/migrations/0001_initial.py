import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import tokenization.identity.models.approval
import tokenization.kernel.fields
import tokenization.kernel.sealed
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('house', models.CharField(choices=[('ISSUER', 'Issuer'), ('FISCAL_AGENT', 'Fiscal agent'), ('REGISTRAR', 'Registrar'), ('TREASURY', 'Treasury'), ('AUDITOR', 'Auditor'), ('EXAMINER', 'Examiner'), ('SUPERVISOR', 'Supervisor'), ('INVESTOR', 'Investor'), ('OPERATOR', 'Operator'), ('SYSTEM', 'System')], max_length=20)),
                ('sessions_ended', models.PositiveIntegerField(default=0)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('house__in', ['ISSUER', 'FISCAL_AGENT', 'REGISTRAR', 'TREASURY', 'AUDITOR', 'EXAMINER', 'SUPERVISOR', 'INVESTOR', 'OPERATOR', 'SYSTEM'])), name='user_house_known')],
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_grants', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('DEBT_MAKER', 'Debt office, maker'), ('DEBT_CHECKER', 'Debt office, checker'), ('FISCAL_AGENT_OFFICER', 'Fiscal agent, officer'), ('FISCAL_AGENT_CHECKER', 'Fiscal agent, checker'), ('REGISTRAR_OFFICER', 'Registrar, officer'), ('REGISTRAR_CHECKER', 'Registrar, checker'), ('TREASURY_OFFICER', 'Treasury, officer'), ('TREASURY_CHECKER', 'Treasury, checker'), ('COMPLIANCE_OFFICER', 'Compliance, officer'), ('COMPLIANCE_CHECKER', 'Compliance, checker'), ('AUDITOR', 'Auditor'), ('EXAMINER', 'Examiner of reserves'), ('SUPERVISOR', 'Supervisor, by mandate'), ('OPERATOR', 'Technical operator'), ('INVESTOR', 'Investor')], max_length=30)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'role'), name='role_grant_once'), models.CheckConstraint(condition=models.Q(('role__in', ['DEBT_MAKER', 'DEBT_CHECKER', 'FISCAL_AGENT_OFFICER', 'FISCAL_AGENT_CHECKER', 'REGISTRAR_OFFICER', 'REGISTRAR_CHECKER', 'TREASURY_OFFICER', 'TREASURY_CHECKER', 'COMPLIANCE_OFFICER', 'COMPLIANCE_CHECKER', 'AUDITOR', 'EXAMINER', 'SUPERVISOR', 'OPERATOR', 'INVESTOR'])), name='role_grant_role_known')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=80)),
                ('title', models.CharField(max_length=200)),
                ('subject', models.CharField(max_length=200)),
                ('payload', models.TextField(help_text='Canonical JSON, as approved')),
                ('payload_hash', tokenization.kernel.fields.HashField()),
                ('items_root', tokenization.kernel.fields.HashField()),
                ('item_count', models.PositiveIntegerField()),
                ('preview', models.JSONField(help_text='The effect as it was when the maker asked')),
                ('preview_at_decision', models.JSONField(help_text='The effect as it was when the checker approved', null=True)),
                ('two_houses', models.BooleanField()),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('maker_house', models.CharField(choices=[('ISSUER', 'Issuer'), ('FISCAL_AGENT', 'Fiscal agent'), ('REGISTRAR', 'Registrar'), ('TREASURY', 'Treasury'), ('AUDITOR', 'Auditor'), ('EXAMINER', 'Examiner'), ('SUPERVISOR', 'Supervisor'), ('INVESTOR', 'Investor'), ('OPERATOR', 'Operator'), ('SYSTEM', 'System')], max_length=20)),
                ('made_at', models.DateTimeField()),
                ('checker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('checker_house', models.CharField(blank=True, choices=[('ISSUER', 'Issuer'), ('FISCAL_AGENT', 'Fiscal agent'), ('REGISTRAR', 'Registrar'), ('TREASURY', 'Treasury'), ('AUDITOR', 'Auditor'), ('EXAMINER', 'Examiner'), ('SUPERVISOR', 'Supervisor'), ('INVESTOR', 'Investor'), ('OPERATOR', 'Operator'), ('SYSTEM', 'System')], default='', max_length=20)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.TextField(blank=True, default='')),
                ('state', models.CharField(choices=[('APPROVED', 'Approved'), ('PENDING', 'Pending'), ('REJECTED', 'Rejected'), ('WITHDRAWN', 'Withdrawn')], default='PENDING', max_length=10)),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'made_at'], name='approval_state_made')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['APPROVED', 'PENDING', 'REJECTED', 'WITHDRAWN'])), name='approval_state_known'), models.CheckConstraint(condition=models.Q(('checker__isnull', True), models.Q(('checker', models.F('maker')), _negated=True), _connector='OR'), name='approval_checker_is_not_maker'), models.CheckConstraint(condition=models.Q(('payload_hash', tokenization.identity.models.approval.Sha256Hex(models.F('payload')))), name='approval_payload_matches_hash'), models.CheckConstraint(condition=models.Q(('two_houses', False), ('checker__isnull', True), models.Q(('checker_house', models.F('maker_house')), _negated=True), _connector='OR'), name='approval_two_houses'), models.CheckConstraint(condition=models.Q(models.Q(('checker__isnull', True), ('decided_at__isnull', True), ('state', 'PENDING')), models.Q(('checker__isnull', False), ('decided_at__isnull', False), ('state__in', ['APPROVED', 'REJECTED'])), models.Q(('checker__isnull', True), ('decided_at__isnull', False), ('state', 'WITHDRAWN')), _connector='OR'), name='approval_decided_by_somebody'), models.UniqueConstraint(condition=models.Q(('state', 'PENDING')), fields=('action', 'payload_hash'), name='approval_pending_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='approval_guard_insert', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.state <> 'PENDING' THEN\n        RAISE EXCEPTION 'an approval begins as PENDING' USING ERRCODE = 'restrict_violation';\n    END IF;\n    IF NEW.maker_house IS DISTINCT FROM (SELECT house FROM identity_user WHERE id = NEW.maker_id) THEN\n        RAISE EXCEPTION 'maker_house is not the house of the maker' USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NEW;\n", hash='9405df280e8ab3ea80bba2502de55c51e2cf0efd', operation='INSERT', pgid='pgtrigger_approval_guard_insert_b4a92', table='identity_approval', when='BEFORE')), pgtrigger.compiler.Trigger(name='approval_guard_update', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.state <> 'PENDING' THEN\n        RAISE EXCEPTION 'approval % is already decided (%)', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';\n    END IF;\n    IF (NEW.action, NEW.title, NEW.subject, NEW.payload, NEW.payload_hash, NEW.items_root, NEW.item_count, NEW.preview, NEW.two_houses, NEW.maker_id, NEW.maker_house, NEW.made_at)\n        IS DISTINCT FROM (OLD.action, OLD.title, OLD.subject, OLD.payload, OLD.payload_hash, OLD.items_root, OLD.item_count, OLD.preview, OLD.two_houses, OLD.maker_id, OLD.maker_house, OLD.made_at) THEN\n        RAISE EXCEPTION 'what approval % binds cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';\n    END IF;\n    IF NEW.checker_id IS NOT NULL\n        AND NEW.checker_house IS DISTINCT FROM (SELECT house FROM identity_user WHERE id = NEW.checker_id) THEN\n        RAISE EXCEPTION 'checker_house is not the house of the checker' USING ERRCODE = 'restrict_violation';\n    END IF;\n    IF NEW.state = 'APPROVED'\n        AND NEW.item_count <> (SELECT count(*) FROM identity_approvalitem WHERE approval_id = NEW.id) THEN\n        RAISE EXCEPTION 'approval % does not have the items it counts', OLD.id USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NEW;\n", hash='0c5bee6c5b8a8340a73501175534b2e1c04cdc1f', operation='UPDATE', pgid='pgtrigger_approval_guard_update_91206', table='identity_approval', when='BEFORE')), pgtrigger.compiler.Trigger(name='approval_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='3327d1b59520aa81ea883d317c69d8bcb6bee26d', operation='DELETE', pgid='pgtrigger_approval_no_delete_0cc41', table='identity_approval', when='BEFORE')), pgtrigger.compiler.Trigger(name='approval_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='4c15aa7b68b4c8eecf85ae50827ef78bcda0ec86', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_approval_no_truncate_731e5', table='identity_approval', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='ApprovalItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='identity.approval')),
                ('position', models.PositiveIntegerField()),
                ('leaf', tokenization.kernel.fields.HashField()),
                ('body', models.JSONField()),
            ],
            options={
                'ordering': ['approval', 'position'],
                'abstract': False,
                'indexes': [models.Index(fields=['leaf'], name='approval_item_leaf_lookup')],
                'constraints': [models.UniqueConstraint(fields=('approval', 'position'), name='approval_item_position'), models.UniqueConstraint(fields=('approval', 'leaf'), name='approval_item_leaf')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='762cf8a7e587dd12ecab53d031772678ef662e4c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_69146', table='identity_approvalitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='81adefe9c0c1786f14693efae963edc3301f027a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_6d5e0', table='identity_approvalitem', when='BEFORE')), pgtrigger.compiler.Trigger(name='approval_item_guard', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (SELECT FROM identity_approval\n                   WHERE id = NEW.approval_id AND state = 'PENDING' AND NEW.position < item_count) THEN\n        RAISE EXCEPTION 'no item can be added to approval %', NEW.approval_id USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NEW;\n", hash='f86d80aec73b2070bde0ee8b7e47601a7a672bc6', operation='INSERT', pgid='pgtrigger_approval_item_guard_62663', table='identity_approvalitem', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.BigIntegerField(editable=False, null=True, unique=True)),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('actor_name', models.CharField(max_length=150)),
                ('action', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('previous_hash', tokenization.kernel.fields.HashField(editable=False, null=True)),
                ('hash', tokenization.kernel.fields.HashField(editable=False, null=True)),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['subject'], name='audit_subject'), models.Index(fields=['action'], name='audit_action')],
                'triggers': [pgtrigger.compiler.Trigger(name='audit_unchained', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NEW.sequence IS NOT NULL OR NEW.previous_hash IS NOT NULL OR NEW.hash IS NOT NULL THEN\n        RAISE EXCEPTION 'sequence, previous_hash and hash of an audit entry are written by the database alone'\n            USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NEW;\n", hash='6c4c24c13f7e39ce1e78f0a7d54aa75d475b6374', operation='INSERT', pgid='pgtrigger_audit_unchained_76583', table='identity_auditentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='audit_chain', sql=tokenization.kernel.triggers.OwnerGuardSql(constraint='CONSTRAINT', declare='DECLARE entry identity_auditentry%ROWTYPE; last RECORD;', func='\n    PERFORM pg_advisory_xact_lock(7226001);\n    SELECT * INTO entry FROM identity_auditentry WHERE id = NEW.id;\n    IF entry.hash IS NOT NULL THEN RETURN NULL; END IF;\n    SELECT e.sequence, e.hash INTO last FROM identity_auditentry e\n        WHERE e.sequence IS NOT NULL ORDER BY e.sequence DESC LIMIT 1;\n    entry.sequence := COALESCE(last.sequence, 0) + 1;\n    entry.previous_hash := COALESCE(last.hash, \'0x\' || repeat(\'0\', 64));\n    UPDATE identity_auditentry SET sequence = entry.sequence, previous_hash = entry.previous_hash,\n        hash = \'0x\' || encode(sha256(convert_to(octet_length(convert_to(entry.sequence::text, \'UTF8\')) || \':\' || entry.sequence::text || \',\' || octet_length(convert_to(entry.id::text, \'UTF8\')) || \':\' || entry.id::text || \',\' || octet_length(convert_to(to_char(entry.at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\'), \'UTF8\')) || \':\' || to_char(entry.at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') || \',\' || octet_length(convert_to(entry.actor_id::text, \'UTF8\')) || \':\' || entry.actor_id::text || \',\' || octet_length(convert_to(entry.actor_name, \'UTF8\')) || \':\' || entry.actor_name || \',\' || octet_length(convert_to(entry.action, \'UTF8\')) || \':\' || entry.action || \',\' || octet_length(convert_to(entry.subject, \'UTF8\')) || \':\' || entry.subject || \',\' || octet_length(convert_to(entry.body, \'UTF8\')) || \':\' || entry.body || \',\' || octet_length(convert_to(entry.previous_hash, \'UTF8\')) || \':\' || entry.previous_hash || \',\', \'UTF8\')), \'hex\')\n        WHERE id = entry.id;\n    RETURN NULL;\n', hash='b5920b0856cccc162b1f3428b2ce467febed04e1', operation='INSERT', pgid='pgtrigger_audit_chain_02402', table='identity_auditentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')), pgtrigger.compiler.Trigger(name='audit_chained_once', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF OLD.hash IS NOT NULL OR NEW.hash IS NULL\n        OR (NEW.id, NEW.at, NEW.actor_id, NEW.actor_name, NEW.action, NEW.subject, NEW.body)\n            IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor_id, OLD.actor_name, OLD.action, OLD.subject, OLD.body) THEN\n        RAISE EXCEPTION 'UPDATE on identity_auditentry is refused: its rows are never rewritten or removed'\n            USING ERRCODE = 'restrict_violation';\n    END IF;\n    RETURN NEW;\n", hash='7b3ee0f0576b0a58f8b33537542ef4a19958e755', operation='UPDATE', pgid='pgtrigger_audit_chained_once_d5994', table='identity_auditentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='audit_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='95cbcdd918b668407c86f1dbfe58a3f9edd7bab7', operation='DELETE', pgid='pgtrigger_audit_no_delete_9ddd8', table='identity_auditentry', when='BEFORE')), pgtrigger.compiler.Trigger(name='audit_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='0d9bc27631c0d1c77574841cdfb3107071b07e9d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_audit_no_truncate_edc90', table='identity_auditentry', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='FactorUse',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='factor_use', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('last_step', models.BigIntegerField(default=0)),
                ('wrong', models.PositiveIntegerField(default=0)),
                ('locked_until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('last_step__gte', 0)), name='factor_use_step')],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(choices=[('PERSON', 'Person'), ('BANK', 'Bank'), ('FUND', 'Fund'), ('COMPANY', 'Company'), ('PUBLIC_BODY', 'Public body')], max_length=20)),
                ('country', models.CharField(max_length=2)),
                ('category', models.CharField(choices=[('PRIMARY_DEALER', 'Primary dealer'), ('BANK', 'Bank'), ('FUND', 'Fund'), ('RESIDENT', 'Resident'), ('NON_RESIDENT', 'Non-resident'), ('PUBLIC_BODY', 'Public body'), ('DISTRIBUTOR', 'Distributor')], max_length=20)),
            ],
            options={
                'verbose_name_plural': 'parties',
                'constraints': [models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='party_country_iso2'), models.CheckConstraint(condition=models.Q(('kind__in', ['PERSON', 'BANK', 'FUND', 'COMPANY', 'PUBLIC_BODY'])), name='party_kind_known'), models.CheckConstraint(condition=models.Q(('category__in', ['PRIMARY_DEALER', 'BANK', 'FUND', 'RESIDENT', 'NON_RESIDENT', 'PUBLIC_BODY', 'DISTRIBUTOR'])), name='party_category_known')],
            },
        ),
        migrations.CreateModel(
            name='PartyMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='party_memberships', to=settings.AUTH_USER_MODEL)),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='identity.party')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'party'), name='party_member_once')],
            },
        ),
        migrations.CreateModel(
            name='KycDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kyc_decisions', to='identity.party')),
                ('status', models.CharField(choices=[('APPROVED', 'Approved'), ('REFUSED', 'Refused'), ('SUSPENDED', 'Suspended')], max_length=10)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField()),
                ('reason', models.TextField()),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['party', '-decided_at', '-id'], name='kyc_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'APPROVED'), ('valid_until__gt', models.F('valid_from')), ('valid_until__isnull', False)), models.Q(('status__in', ['REFUSED', 'SUSPENDED']), ('valid_until__isnull', True)), _connector='OR'), name='kyc_decision_validity')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='5cd2c5fa8094c8d72d5943355b45781dc34e8323', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_f79aa', table='identity_kycdecision', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='6a7c282c62cb04528bedf108cb85b1bcbef4afd1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_88440', table='identity_kycdecision', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='NationalId',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='national_ids', to='identity.party')),
                ('scheme', models.CharField(choices=[('CNIC', 'CNIC (Pakistan)')], max_length=10)),
                ('number', tokenization.kernel.sealed.SealedField()),
                ('number_index', tokenization.kernel.sealed.BlindIndexField(of='number')),
                ('source', models.CharField(max_length=200)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval')),
            ],
            options={
                'verbose_name': 'national identity number',
                'constraints': [models.CheckConstraint(condition=models.Q(('scheme__in', ['CNIC'])), name='national_id_scheme_known'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='national_id_sourced'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='national_id_period'), models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('scheme', 'number_index'), name='national_id_one_party'), models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('party', 'scheme'), name='national_id_one_at_a_time')],
                'triggers': [pgtrigger.compiler.Trigger(name='national_id_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e48ee1d2b7bf4f9cbb6f1596a4d5aa46305b39ed', operation='DELETE', pgid='pgtrigger_national_id_is_kept_no_delete_b9736', table='identity_nationalid', when='BEFORE')), pgtrigger.compiler.Trigger(name='national_id_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='2277b2731b0d572c7ddd5acd8a434f5d1f07630c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_national_id_is_kept_no_truncate_799cd', table='identity_nationalid', when='BEFORE')), pgtrigger.compiler.Trigger(name='national_id_is_fixed', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF OLD.valid_until IS NOT NULL OR OLD.party_id IS DISTINCT FROM NEW.party_id OR OLD.scheme IS DISTINCT FROM NEW.scheme OR OLD.number IS DISTINCT FROM NEW.number OR OLD.number_index IS DISTINCT FROM NEW.number_index OR OLD.source IS DISTINCT FROM NEW.source OR OLD.valid_from IS DISTINCT FROM NEW.valid_from OR OLD.approval_id IS DISTINCT FROM NEW.approval_id THEN\n                RAISE EXCEPTION 'national_id_is_fixed: a rule of a period keeps what it says; only its open end is set, once'\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='a3e3b46367b907a2c25b46f089ff3b8df8e84247', operation='UPDATE', pgid='pgtrigger_national_id_is_fixed_cdc8e', table='identity_nationalid', when='BEFORE')), pgtrigger.compiler.Trigger(name='national_id_of_a_person', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (SELECT FROM identity_party WHERE id = NEW.party_id AND kind = 'PERSON') THEN\n        RAISE EXCEPTION 'national_id_of_a_person: only a natural person has a national identity number'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'national_id_of_a_person';\n    END IF;\n    RETURN NEW;\n", hash='f14607766b30bb53b35d9ac6a597de947d032aa5', operation='INSERT', pgid='pgtrigger_national_id_of_a_person_c7228', table='identity_nationalid', when='BEFORE')), pgtrigger.compiler.Trigger(name='national_id_decided', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT FROM identity_approval\n        WHERE id = NEW.approval_id AND state = 'APPROVED' AND action = 'identity.national_ids.NationalIdRegister'\n    ) THEN\n        RAISE EXCEPTION 'national_id_decided: two persons verify a national identity number'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'national_id_decided';\n    END IF;\n    RETURN NEW;\n", hash='923c4bc4031032a7652a3c70a5af042d38407d2e', operation='INSERT', pgid='pgtrigger_national_id_decided_2e58b', table='identity_nationalid', when='BEFORE'))],
            },
        ),
    ]
