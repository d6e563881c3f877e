import custody.instructions.models
import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('identity', '0001_initial'),
        ('indexer', '0001_initial'),
        ('tokenisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Instruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='tokenisation.tokencontract')),
                ('number', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('CONFIRM', 'Confirm'), ('ISSUE', 'Issue'), ('WITHDRAW', 'Withdraw'), ('REDEEM', 'Redeem'), ('ANNUL', 'Annul'), ('FORCED_TRANSFER', 'Forced Transfer')], max_length=16)),
                ('wallet', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tokenisation.wallet')),
                ('units', models.BigIntegerField()),
                ('leaf', tokenization.kernel.fields.HashField(unique=True)),
                ('state', models.CharField(choices=[('DRAFT', 'Draft'), ('APPROVED', 'Approved'), ('SENT', 'Sent'), ('DONE', 'Done'), ('REJECTED', 'Rejected'), ('CANCELLED', 'Cancelled')], default='DRAFT', max_length=16)),
                ('approval', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='identity.approval')),
                ('linked_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='instructions.instruction')),
                ('source_key', models.CharField(max_length=120, unique=True)),
                ('deadline', models.DateTimeField(null=True)),
                ('settled_log', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indexer.log')),
                ('reason', models.TextField(blank=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['state', 'kind'], name='instruction_by_state')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['APPROVED', 'CANCELLED', 'DONE', 'DRAFT', 'REJECTED', 'SENT'])), name='instruction_state'), models.UniqueConstraint(fields=('token', 'number'), name='instruction_number_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1), ('units__gte', 1)), name='instruction_positive'), models.CheckConstraint(condition=models.Q(('kind', 'CONFIRM'), ('wallet__isnull', False), _connector='OR'), name='instruction_wallet_by_kind'), models.CheckConstraint(condition=models.Q(models.Q(('settled_log__isnull', False), ('state', 'DONE')), models.Q(models.Q(('state', 'DONE'), _negated=True), ('settled_log__isnull', True)), _connector='OR'), name='instruction_done_by_log'), models.UniqueConstraint(condition=models.Q(('linked_to__isnull', False), models.Q(('state__in', ['REJECTED', 'CANCELLED']), _negated=True)), fields=('linked_to', 'kind'), name='instruction_one_live_link')],
                'triggers': [pgtrigger.compiler.Trigger(name='instruction_begins_as_draft', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NEW.state <> 'DRAFT' OR NEW.approval_id IS NOT NULL THEN\n                        RAISE EXCEPTION 'instruction_begins_as_draft: an instruction is created as DRAFT'\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='1402ed01c707aa44086f2c213bf7351f8ab62a72', operation='INSERT', pgid='pgtrigger_instruction_begins_as_draft_b5f58', table='instructions_instruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='instruction_is_fixed', sql=tokenization.kernel.triggers.GuardSql(condition="WHEN ((OLD.token_id IS DISTINCT FROM NEW.token_id OR OLD.number IS DISTINCT FROM NEW.number OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.wallet_id IS DISTINCT FROM NEW.wallet_id OR OLD.units IS DISTINCT FROM NEW.units OR OLD.leaf IS DISTINCT FROM NEW.leaf OR OLD.source_key IS DISTINCT FROM NEW.source_key OR OLD.linked_to_id IS DISTINCT FROM NEW.linked_to_id OR OLD.deadline IS DISTINCT FROM NEW.deadline OR OLD.created_at IS DISTINCT FROM NEW.created_at) OR OLD.state IN ('DONE', 'REJECTED', 'CANCELLED'))", func="\n                    RAISE EXCEPTION 'instruction_is_fixed: what an instruction does never changes, nor a finished one'\n                        USING ERRCODE = 'check_violation';\n                ", hash='5e5f841d8e9149d9a43d473b9c08b423be1a2456', operation='UPDATE', pgid='pgtrigger_instruction_is_fixed_6c92f', table='instructions_instruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='instruction_sent_only_if_approved', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF NEW.state IN ('SENT', 'DONE') AND OLD.state IS DISTINCT FROM NEW.state THEN\n                        IF NEW.state = 'DONE' AND OLD.state <> 'SENT' THEN\n                            RAISE EXCEPTION 'instruction_sent_only_if_approved: DONE follows SENT'\n                                USING ERRCODE = 'check_violation';\n                        END IF;\n                        IF NEW.kind <> 'CONFIRM' AND NOT EXISTS (\n                            SELECT 1 FROM identity_approvalitem i JOIN identity_approval a ON a.id = i.approval_id\n                            WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND i.leaf = NEW.leaf\n                        ) THEN\n                            RAISE EXCEPTION 'instruction_sent_only_if_approved: no approved approval holds this leaf'\n                                USING ERRCODE = 'check_violation';\n                        END IF;\n                    END IF;\n                    RETURN NEW;\n                ", hash='e255d3448d478d2e371ef903a77bff115b82b9c7', operation='UPDATE', pgid='pgtrigger_instruction_sent_only_if_approved_b4fba', table='instructions_instruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='instruction_is_kept_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='824d2ab2c73e33e1a671b71affa8c2c2edcdefe7', operation='DELETE', pgid='pgtrigger_instruction_is_kept_no_delete_b8926', table='instructions_instruction', when='BEFORE')), pgtrigger.compiler.Trigger(name='instruction_is_kept_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='ff7f5d3d348c6fdcc50ab35e900e324e30b81664', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_instruction_is_kept_no_truncate_22a20', table='instructions_instruction', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='OrderReference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order_reference', to='identity.approval')),
                ('salt', tokenization.kernel.fields.HashField(default=custody.instructions.models._salt)),
            ],
            options={
                'abstract': False,
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='3a9c1635361b6723c3d35f5b1e965574960c58cb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_708ad', table='instructions_orderreference', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='b6a04e473056d39343316983062d2db4c2e3f387', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_1faa4', table='instructions_orderreference', when='BEFORE'))],
            },
        ),
    ]
