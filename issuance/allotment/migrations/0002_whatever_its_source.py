import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.db import migrations, models


FROM_OFFER = """
    ALTER TABLE allotment_allotment DISABLE TRIGGER USER;
    UPDATE allotment_allotment a SET series_id = o.series_id, settlement_date = o.settlement_date, price = o.price
        FROM allotment_offer o WHERE o.id = a.offer_id;
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE allotment_allotment ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('allotment', '0001_initial'),
        ('headroom', '0001_initial'),
        ('identity', '0002_system_user'),
        ('series', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='allotment',
            options={'ordering': ['settlement_date', 'id']},
        ),
        migrations.AddField(
            model_name='allotment',
            name='accrued_minor',
            field=tokenization.kernel.fields.MinorField(default=0),
        ),
        migrations.AddField(
            model_name='allotment',
            name='price',
            field=models.DecimalField(decimal_places=4, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name='allotment',
            name='series',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allotments', to='series.series'),
        ),
        migrations.AddField(
            model_name='allotment',
            name='settlement_date',
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name='allotment',
            name='offer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allotments', to='allotment.offer'),
        ),
        # What stood on the offer alone is copied before the columns become compulsory.
        migrations.RunSQL(FROM_OFFER, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='allotment',
            name='price',
            field=models.DecimalField(decimal_places=4, max_digits=12),
        ),
        migrations.AlterField(
            model_name='allotment',
            name='series',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allotments', to='series.series'),
        ),
        migrations.AlterField(
            model_name='allotment',
            name='settlement_date',
            field=models.DateField(),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='allotment',
            trigger=pgtrigger.compiler.Trigger(name='allotment_follows_source', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF NEW.offer_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM allotment_offer o\n                WHERE o.id = NEW.offer_id AND o.series_id = NEW.series_id\n                    AND o.settlement_date = NEW.settlement_date AND o.price = NEW.price\n            ) THEN\n                RAISE EXCEPTION 'allotment_follows_source: series, settlement date and price of an allotment are those of its source'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'allotment_follows_source';\n            END IF;\n            RETURN NEW;\n        ", hash='e0e79b2f3c7ad634b1d74346ead412a8407eb434', operation='INSERT', pgid='pgtrigger_allotment_follows_source_eb3a5', table='allotment_allotment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='allotment',
            constraint=models.CheckConstraint(condition=models.Q(('offer__isnull', False)), name='allotment_one_source'),
        ),
        migrations.AddConstraint(
            model_name='allotment',
            constraint=models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='allotment_price_positive'),
        ),
        migrations.AddConstraint(
            model_name='allotment',
            constraint=models.CheckConstraint(condition=models.Q(('accrued_minor__lt', models.F('proceeds_minor'))), name='allotment_accrued_within'),
        ),
    ]
