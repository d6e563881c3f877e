import django.db.models.deletion
import pgtrigger.compiler
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('files', '0001_initial'),
        ('identity', '__first__'),
        ('series', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConditionPrecedent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conditions', to='series.series')),
                ('kind', models.CharField(choices=[('TITLE', 'Title'), ('CONSENT', 'Consent'), ('LENDER_CLEARANCE', "Clearance of a lender's negative pledge")], max_length=16)),
                ('holder', models.CharField(max_length=200)),
                ('share_bp', models.PositiveSmallIntegerField(null=True)),
                ('words', models.CharField(max_length=500)),
                ('instrument', models.CharField(choices=[('STATUTE', 'Act or statute'), ('ORDER', 'Order or notification under an act'), ('DEED', 'Deed or registered title'), ('RESOLUTION', 'Resolution of the body that decides'), ('LETTER', 'Signed letter of whoever may refuse'), ('MEMORANDUM', 'Memorandum of understanding')], max_length=10)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='conditions.conditionprecedent')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'condition precedent',
                'verbose_name_plural': 'conditions precedent',
                'ordering': ['series', 'kind', 'id'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('instrument__in', ['DEED', 'ORDER', 'STATUTE']), ('kind', 'TITLE')), models.Q(('instrument__in', ['LETTER', 'ORDER', 'RESOLUTION', 'STATUTE']), ('kind', 'CONSENT')), models.Q(('instrument__in', ['DEED', 'LETTER', 'RESOLUTION']), ('kind', 'LENDER_CLEARANCE')), _connector='OR'), name='condition_instrument_carries'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'TITLE'), ('share_bp__gte', 1), ('share_bp__isnull', False), ('share_bp__lte', 10000)), models.Q(models.Q(('kind', 'TITLE'), _negated=True), ('share_bp__isnull', True)), _connector='OR'), name='condition_share_of_a_title'), models.CheckConstraint(condition=models.Q(models.Q(('holder', ''), _negated=True), models.Q(('words', ''), _negated=True)), name='condition_says_who_and_what')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='1eabb2c33bd20ad80e1b902d312e9bb4bbea94e2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_9ba3b', table='conditions_conditionprecedent', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='c5d34c52e0c5bac9396d636423650455e749c4b1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_16fd5', table='conditions_conditionprecedent', when='BEFORE')), pgtrigger.compiler.Trigger(name='condition_recorded_in_order', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE of RECORD;', func="\n            SELECT kind, state INTO of FROM series_series WHERE id = NEW.series_id FOR NO KEY UPDATE;\n            IF of.kind <> 'RESERVE' OR of.state <> 'DRAFT'\n                OR NOT EXISTS (\n                    SELECT 1 WHERE NEW.replaces_id IS NULL UNION ALL\n                    SELECT 1 FROM conditions_conditionprecedent o\n                    WHERE o.id = NEW.replaces_id AND o.series_id = NEW.series_id AND o.id < NEW.id\n                )\n                OR (SELECT coalesce(sum(c.share_bp), 0) \n    FROM conditions_conditionprecedent c WHERE c.series_id = NEW.series_id AND NOT EXISTS (\n        SELECT 1 FROM conditions_conditionprecedent later WHERE later.replaces_id = c.id\n    )\n) > 10000 THEN\n                RAISE EXCEPTION 'condition_recorded_in_order: conditions are of a draft of a reserve, and its titles make one whole'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'condition_recorded_in_order';\n            END IF;\n            RETURN NULL;\n        ", hash='e7682b2d8b69593c343a72b50bd12570c9b436e7', operation='INSERT', pgid='pgtrigger_condition_recorded_in_order_48031', table='conditions_conditionprecedent', when='AFTER'))],
            },
        ),
    ]
