import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import tokenization.identity.models.approval
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('allotment', '0002_whatever_its_source'),
        ('auction', '0001_initial'),
        ('bid', '0001_initial'),
        ('headroom', '0001_initial'),
        ('identity', '0002_system_user'),
        ('series', '0002_bonds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuctionDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('accept', models.JSONField(null=True)),
                ('document', models.TextField()),
                ('document_sha256', tokenization.kernel.fields.HashField()),
                ('result', models.TextField()),
                ('result_sha256', tokenization.kernel.fields.HashField()),
                ('more_than_target_reason', models.CharField(blank=True, max_length=500)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-made_at'],
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='allotment',
            name='allotment_one_source',
        ),
        migrations.AddField(
            model_name='allotment',
            name='bid',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='allotment', to='bid.bid'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='allotment',
            trigger=pgtrigger.compiler.Trigger(name='allotment_as_decided', sql=tokenization.kernel.triggers.GuardSql(func="\n            IF EXISTS (\n                SELECT n.bid_id, b.auction_id, n.series_id, n.settlement_date, n.party_id, p.reference,\n                    n.face_minor::numeric, n.price, n.proceeds_minor::numeric, n.accrued_minor::numeric\n                FROM new_rows n JOIN bid_bid b ON b.id = n.bid_id JOIN identity_party p ON p.id = n.party_id\n                EXCEPT\n                SELECT r.bid_id, a.id, a.series_id, a.settlement_date, b.bidder_id, r.bidder,\n                    r.face_minor, r.price, r.proceeds_minor, r.accrued_minor\n                FROM allotment_auctiondecision d JOIN auction_auction a ON a.id = d.auction_id\n                CROSS JOIN LATERAL (\n    SELECT (item ->> 'id')::bigint AS bid_id, item ->> 'bidder' AS bidder,\n        (item ->> 'face')::numeric * 100 AS face_minor, (item ->> 'price')::numeric AS price,\n        (item ->> 'amount')::numeric * 100 AS proceeds_minor, (item ->> 'accrued')::numeric * 100 AS accrued_minor\n    FROM jsonb_array_elements(d.result::jsonb -> 'allotments') item\n) r JOIN bid_bid b ON b.id = r.bid_id\n                WHERE d.auction_id IN (SELECT s.auction_id FROM new_rows n JOIN bid_bid s ON s.id = n.bid_id)\n            ) THEN\n                RAISE EXCEPTION 'allotment_as_decided: an allotment of a bid is what the decision on its auction says'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'allotment_as_decided';\n            END IF;\n            RETURN NULL;\n        ", hash='65f7781725f5f9523639635d24a7ac83e0e61960', level='STATEMENT', operation='INSERT', pgid='pgtrigger_allotment_as_decided_4c55f', referencing='REFERENCING NEW TABLE AS new_rows ', table='allotment_allotment', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='allotment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bid__isnull', True), ('offer__isnull', False)), models.Q(('bid__isnull', False), ('offer__isnull', True)), _connector='OR'), name='allotment_one_source'),
        ),
        migrations.AddField(
            model_name='auctiondecision',
            name='approval',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.approval'),
        ),
        migrations.AddField(
            model_name='auctiondecision',
            name='auction',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='auction.auction'),
        ),
        migrations.AddField(
            model_name='auctiondecision',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='auctiondecision',
            constraint=models.CheckConstraint(condition=models.Q(('document_sha256', tokenization.identity.models.approval.Sha256Hex(models.F('document'))), ('result_sha256', tokenization.identity.models.approval.Sha256Hex(models.F('result')))), name='decision_matches_its_hashes'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auctiondecision',
            trigger=pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='404523b34734838f15f6658a1adff79ac891a816', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_d37f6', table='allotment_auctiondecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auctiondecision',
            trigger=pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='cd15f5c32a6b0580c62a2e51a6c5f51ffcc6ccc6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_8d5ec', table='allotment_auctiondecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auctiondecision',
            trigger=pgtrigger.compiler.Trigger(name='decision_of_a_closed_auction', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE sale RECORD;', func="\n            SELECT state, target_minor INTO sale FROM auction_auction WHERE id = NEW.auction_id;\n            IF sale.state IS DISTINCT FROM 'CLOSED' THEN\n                RAISE EXCEPTION 'decision_of_a_closed_auction: the auction is %', lower(sale.state) USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_of_a_closed_auction';\n            END IF;\n            IF btrim(NEW.more_than_target_reason) = ''\n                AND (SELECT sum(r.face_minor) FROM (\n    SELECT (item ->> 'id')::bigint AS bid_id, item ->> 'bidder' AS bidder,\n        (item ->> 'face')::numeric * 100 AS face_minor, (item ->> 'price')::numeric AS price,\n        (item ->> 'amount')::numeric * 100 AS proceeds_minor, (item ->> 'accrued')::numeric * 100 AS accrued_minor\n    FROM jsonb_array_elements(NEW.result::jsonb -> 'allotments') item\n) r) > sale.target_minor THEN\n                RAISE EXCEPTION 'decision_of_a_closed_auction: more than the announced target is taken for a reason'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_of_a_closed_auction';\n            END IF;\n            RETURN NEW;\n        ", hash='0f7ddb11b26c1f2257bb902573489b8479080724', operation='INSERT', pgid='pgtrigger_decision_of_a_closed_auction_29feb', table='allotment_auctiondecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auctiondecision',
            trigger=pgtrigger.compiler.Trigger(name='decision_allots_whole', sql=tokenization.kernel.triggers.GuardSql(constraint='CONSTRAINT', declare='DECLARE wanted bigint; found bigint; reached text;', func="\n            SELECT jsonb_array_length(NEW.result::jsonb -> 'allotments') INTO wanted;\n            SELECT count(*) INTO found FROM allotment_allotment t JOIN bid_bid b ON b.id = t.bid_id\n                WHERE b.auction_id = NEW.auction_id;\n            SELECT state INTO reached FROM auction_auction WHERE id = NEW.auction_id;\n            IF found <> wanted OR reached <> (CASE WHEN wanted = 0 THEN 'REJECTED' ELSE 'ALLOTTED' END) THEN\n                RAISE EXCEPTION 'decision_allots_whole: the result has % allotments, % are written, the auction is %',\n                    wanted, found, lower(reached) USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_allots_whole';\n            END IF;\n            RETURN NULL;\n        ", hash='3f996e51e5ada76eec5df8a276d6dcae7e746174', operation='INSERT', pgid='pgtrigger_decision_allots_whole_e7f65', table='allotment_auctiondecision', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
