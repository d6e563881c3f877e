import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='WatchedContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', tokenization.kernel.fields.AddressField(unique=True)),
                ('artifact', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('from_block', models.BigIntegerField()),
                ('filled_to', models.BigIntegerField(help_text='Logs are complete from from_block up to this block')),
                ('watched_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('from_block__gte', 0), ('filled_to__gte', django.db.models.expressions.CombinedExpression(models.F('from_block'), '-', models.Value(1)))), name='indexer_watch_range')],
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('hash', tokenization.kernel.fields.HashField(unique=True)),
                ('parent_hash', tokenization.kernel.fields.HashField()),
                ('timestamp', models.DateTimeField(db_index=True)),
                ('final', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(condition=models.Q(('final', False)), fields=['number'], name='indexer_block_open')],
                'triggers': [pgtrigger.compiler.Trigger(name='final_block_frozen', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (OLD.final)', func="\n                    RAISE EXCEPTION '% of final block % is refused: what is final never changes', TG_OP, OLD.number\n                        USING ERRCODE = 'restrict_violation';\n                ", hash='0528a3ba79da620329ba1c04c27a9df7b22f8fb3', operation='UPDATE OR DELETE', pgid='pgtrigger_final_block_frozen_87c8b', table='indexer_block', when='BEFORE')), pgtrigger.compiler.Trigger(name='block_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='e123e3b378be2a3a8a9895179befca2bd136cf2d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_block_no_truncate_deeb7', table='indexer_block', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Log',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='logs', to='indexer.block')),
                ('log_index', models.IntegerField()),
                ('tx_hash', tokenization.kernel.fields.HashField()),
                ('tx_index', models.IntegerField()),
                ('address', tokenization.kernel.fields.AddressField()),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=66), size=None)),
                ('data', models.BinaryField()),
            ],
            options={
                'indexes': [models.Index(fields=['address', 'block'], name='indexer_log_address'), models.Index(fields=['tx_hash'], name='indexer_log_tx')],
                'constraints': [models.UniqueConstraint(fields=('block', 'log_index'), name='indexer_log_once')],
                'triggers': [pgtrigger.compiler.Trigger(name='log_never_altered', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='13c81957b55efd4cae58f508624a0d83eafdb6f7', operation='UPDATE', pgid='pgtrigger_log_never_altered_e2fb4', table='indexer_log', when='BEFORE')), pgtrigger.compiler.Trigger(name='log_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c0ab8da96665c3da432fb42bb8fc758815110f7f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_log_no_truncate_0c491', table='indexer_log', when='BEFORE')), pgtrigger.compiler.Trigger(name='final_log_frozen', sql=tokenization.kernel.triggers.GuardSql(func="\n                    IF EXISTS (SELECT 1 FROM indexer_block b WHERE b.number = OLD.block_id AND b.final) THEN\n                        RAISE EXCEPTION 'DELETE of a log of block % is refused: it is final', OLD.block_id\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN OLD;\n                ", hash='c9c2f46190343bf163f6dd457a11180dfee1c79b', operation='DELETE', pgid='pgtrigger_final_log_frozen_d7afc', table='indexer_log', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Tip',
            fields=[
                ('only', models.BooleanField(default=True, primary_key=True, serialize=False)),
                ('first_number', models.BigIntegerField(help_text='Lowest stored header')),
                ('number', models.BigIntegerField()),
                ('hash', tokenization.kernel.fields.HashField()),
                ('final_number', models.BigIntegerField(default=-1)),
                ('final_hash', tokenization.kernel.fields.HashField(null=True)),
                ('head_number', models.BigIntegerField(help_text='Head the node last spoke of')),
                ('head_seen_at', models.DateTimeField()),
                ('range_size', models.IntegerField(default=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='indexer_tip_single'), models.CheckConstraint(condition=models.Q(('range_size__gte', 1)), name='indexer_tip_range'), models.CheckConstraint(condition=models.Q(('final_number__lte', models.F('number')), ('number__gte', models.F('first_number'))), name='indexer_tip_order')],
                'triggers': [pgtrigger.compiler.Trigger(name='tip_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='974d868d1aa2139f053fdd2b8267f29a680cfb86', operation='DELETE', pgid='pgtrigger_tip_no_delete_09f45', table='indexer_tip', when='BEFORE')), pgtrigger.compiler.Trigger(name='tip_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='1b016a39144d45821f3eea50d7755e8bd5ec6147', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_tip_no_truncate_18b66', table='indexer_tip', when='BEFORE')), pgtrigger.compiler.Trigger(name='finality_only_rises', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.final_number < OLD.final_number OR NEW.number < OLD.final_number)', func="\n                    RAISE EXCEPTION 'finality at block % never moves back', OLD.final_number\n                        USING ERRCODE = 'restrict_violation';\n                ", hash='6ab5bdfcb0621574b9abd5885db0e8d8f66dac4b', operation='UPDATE', pgid='pgtrigger_finality_only_rises_b4b83', table='indexer_tip', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='NodeFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('BROKEN_CHAIN', 'headers do not link'), ('MISSING_LOGS', 'eth_getLogs left logs out'), ('FOREIGN_LOGS', 'logs of another block or contract'), ('PARTIAL_RECEIPTS', 'receipts of a block incomplete'), ('BELOW_FINALITY', 'reorganisation below finality'), ('BEHIND_DATABASE', 'node behind the final block of the database')], max_length=20)),
                ('detail', models.TextField()),
                ('what_to_do', models.TextField(blank=True)),
                ('halts', models.BooleanField(default=False)),
                ('count', models.BigIntegerField(default=1)),
                ('at', models.DateTimeField(help_text='First seen')),
                ('last_at', models.DateTimeField()),
                ('cleared_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-last_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('cleared_at__isnull', True)), fields=('kind', 'detail'), name='indexer_fault_open_once')],
            },
        ),
    ]
