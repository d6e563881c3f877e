import django.db.models.deletion
import pgtrigger.compiler
import tokenization.identity.models.approval
import tokenization.kernel.fields
import tokenization.kernel.triggers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auction', '0001_initial'),
        ('files', '0001_initial'),
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DealerClient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dealer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='client_mandates', to='identity.party')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dealer_mandates', to='identity.party')),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['dealer', 'client', '-valid_from'],
                'indexes': [models.Index(fields=['dealer', 'client', 'valid_from'], name='mandate_of_pair')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until__isnull', True)), fields=('dealer', 'client'), name='mandate_open_once'), models.CheckConstraint(condition=models.Q(('dealer', models.F('client')), _negated=True), name='mandate_of_two'), models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='mandate_dates')],
                'triggers': [pgtrigger.compiler.Trigger(name='mandate_no_delete', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='7784bead266a30c7e35fa7f7ddab7c52ed6fb52b', operation='DELETE', pgid='pgtrigger_mandate_no_delete_4e048', table='bid_dealerclient', when='BEFORE')), pgtrigger.compiler.Trigger(name='mandate_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='76264bb4024f6dd6ff99b888c9166e2a527916f8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_mandate_no_truncate_ca0bf', table='bid_dealerclient', when='BEFORE')), pgtrigger.compiler.Trigger(name='mandate_only_ends', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF to_jsonb(OLD) - 'valid_until' <> to_jsonb(NEW) - 'valid_until'\n        OR COALESCE(NEW.valid_until, 'infinity') > COALESCE(OLD.valid_until, 'infinity') THEN\n        RAISE EXCEPTION 'mandate_only_ends: a mandate changes nothing but its end, and that only to an earlier one'\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_only_ends';\n    END IF;\n    RETURN NEW;\n", hash='b1beb3aa60f62f039759253ff26e202385f7b0fd', operation='UPDATE', pgid='pgtrigger_mandate_only_ends_fbe0c', table='bid_dealerclient', when='BEFORE'))],
            },
        ),
        migrations.CreateModel(
            name='Bid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('auction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='auction.auction')),
                ('kind', models.CharField(choices=[('BID', 'Bid'), ('AMEND', 'Amendment'), ('WITHDRAW', 'Withdrawal')], max_length=10)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='bid.bid')),
                ('dealer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids_sent', to='identity.party')),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='identity.party')),
                ('competitive', models.BooleanField()),
                ('face_minor', tokenization.kernel.fields.MinorField()),
                ('price', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('yield_pct', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('reference', models.CharField(blank=True, max_length=35)),
                ('idempotency_key', models.CharField(max_length=100)),
                ('body', models.TextField(help_text='Canonical JSON, as received')),
                ('body_hash', tokenization.kernel.fields.HashField(unique=True)),
                ('received_at', models.DateTimeField()),
                ('source', models.CharField(choices=[('FILE', 'Bid file'), ('PORTAL', 'Investor portal'), ('API', 'Interface')], max_length=10)),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
                ('line', models.PositiveIntegerField(null=True)),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['auction', 'id'],
                'abstract': False,
                'indexes': [models.Index(fields=['auction', 'bidder'], name='bid_of_bidder')],
                'constraints': [models.UniqueConstraint(fields=('dealer', 'idempotency_key'), name='bid_key_once'), models.UniqueConstraint(condition=models.Q(('kind', 'BID'), models.Q(('reference', ''), _negated=True)), fields=('auction', 'dealer', 'reference'), name='bid_reference_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['BID', 'AMEND', 'WITHDRAW'])), name='bid_kind_known'), models.CheckConstraint(condition=models.Q(('source__in', ['FILE', 'PORTAL', 'API'])), name='bid_source_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'BID'), ('replaces__isnull', True)), models.Q(models.Q(('kind', 'BID'), _negated=True), ('replaces__isnull', False)), _connector='OR'), name='bid_replaces_when_it_changes'), models.CheckConstraint(condition=models.Q(models.Q(('face_minor', 0), ('kind', 'WITHDRAW'), ('price__isnull', True), ('yield_pct__isnull', True)), models.Q(models.Q(('kind', 'WITHDRAW'), _negated=True), ('face_minor__gt', 0)), _connector='OR'), name='bid_face_positive'), models.CheckConstraint(condition=models.Q(('kind', 'WITHDRAW'), models.Q(('competitive', False), ('price__isnull', True), ('yield_pct__isnull', True)), models.Q(('competitive', True), models.Q(('price__isnull', False), ('yield_pct__isnull', False), _connector='OR')), _connector='OR'), name='bid_competitive_has_a_price'), models.CheckConstraint(condition=models.Q(('price__isnull', True), ('price__gt', 0), _connector='OR'), name='bid_price_positive'), models.CheckConstraint(condition=models.Q(models.Q(('file__isnull', False), ('line__isnull', False), ('source', 'FILE')), models.Q(models.Q(('source', 'FILE'), _negated=True), ('file__isnull', True), ('line__isnull', True)), _connector='OR'), name='bid_file_has_a_line'), models.UniqueConstraint(fields=('auction', 'file', 'line'), name='bid_line_once'), models.CheckConstraint(condition=models.Q(('idempotency_key', ''), _negated=True), name='bid_has_a_key'), models.CheckConstraint(condition=models.Q(('body_hash', tokenization.identity.models.approval.Sha256Hex(models.F('body')))), name='bid_body_matches_hash')],
                'triggers': [pgtrigger.compiler.Trigger(name='append_only_no_change', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='eaf49796303f9f04b1e6a301d8cbb4059b04cc58', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_no_change_3ed2f', table='bid_bid', when='BEFORE')), pgtrigger.compiler.Trigger(name='append_only_no_truncate', sql=tokenization.kernel.triggers.GuardSql(func="RAISE EXCEPTION '% on % is refused: its rows are never rewritten or removed', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='45713d224338d27aaa95fe7b290f86d16b175c1f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_append_only_no_truncate_7e39d', table='bid_bid', when='BEFORE')), pgtrigger.compiler.Trigger(name='bid_in_time', sql=tokenization.kernel.triggers.GuardSql(declare='DECLARE sale RECORD;', func="\n    -- The lock waits for a close that is under way, and makes a close wait for this bid.\n    SELECT state, opens_at, closes_at INTO sale FROM auction_auction WHERE id = NEW.auction_id FOR SHARE;\n    IF sale.state IS DISTINCT FROM 'ANNOUNCED' THEN\n        RAISE EXCEPTION 'bid_in_time: the auction is %', lower(sale.state)\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_in_time';\n    END IF;\n    IF NEW.received_at < sale.opens_at OR NEW.received_at >= sale.closes_at THEN\n        RAISE EXCEPTION 'bid_in_time: received at %, and bids are taken from % until before %',\n            NEW.received_at, sale.opens_at, sale.closes_at\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_in_time';\n    END IF;\n    RETURN NEW;\n", hash='f9b1ca05fbd090f0a2d5594b7baf38126637bf93', operation='INSERT', pgid='pgtrigger_bid_in_time_735d6', table='bid_bid', when='BEFORE')), pgtrigger.compiler.Trigger(name='bid_replaces_its_own', sql=tokenization.kernel.triggers.GuardSql(condition='WHEN (NEW.replaces_id IS NOT NULL)', declare='DECLARE former RECORD;', func="\n    SELECT auction_id, dealer_id, bidder_id, kind, received_at INTO former FROM bid_bid WHERE id = NEW.replaces_id;\n    IF former.kind = 'WITHDRAW' THEN\n        RAISE EXCEPTION 'bid_replaces_its_own: bid % is withdrawn', NEW.replaces_id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_replaces_its_own';\n    END IF;\n    IF (former.auction_id, former.dealer_id, former.bidder_id)\n        IS DISTINCT FROM (NEW.auction_id, NEW.dealer_id, NEW.bidder_id) OR NEW.received_at < former.received_at THEN\n        RAISE EXCEPTION 'bid_replaces_its_own: bid % is of another auction, dealer or bidder, or later',\n            NEW.replaces_id USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_replaces_its_own';\n    END IF;\n    RETURN NEW;\n", hash='921e324cc565150795cda27fcc17cbc8afb7496b', operation='INSERT', pgid='pgtrigger_bid_replaces_its_own_ffc9d', table='bid_bid', when='BEFORE')), pgtrigger.compiler.Trigger(name='bidder_admitted', sql=tokenization.kernel.triggers.GuardSql(func="\n    IF NOT EXISTS (\n        SELECT FROM auction_auction a JOIN identity_party p ON p.id = NEW.dealer_id\n        WHERE a.id = NEW.auction_id AND p.category = ANY (a.direct_categories)\n    ) THEN\n        RAISE EXCEPTION 'bidder_admitted: party % does not bid directly in this auction', NEW.dealer_id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'bidder_admitted';\n    END IF;\n    IF NEW.kind <> 'WITHDRAW' AND NEW.bidder_id <> NEW.dealer_id AND NOT EXISTS (\n        SELECT FROM bid_dealerclient m WHERE m.dealer_id = NEW.dealer_id AND m.client_id = NEW.bidder_id\n            AND m.valid_from <= NEW.received_at AND (m.valid_until IS NULL OR NEW.received_at < m.valid_until)\n    ) THEN\n        RAISE EXCEPTION 'bidder_admitted: party % has no mandate of party % then', NEW.dealer_id, NEW.bidder_id\n            USING ERRCODE = 'check_violation', CONSTRAINT = 'bidder_admitted';\n    END IF;\n    RETURN NEW;\n", hash='5a21dd4ac1645965b8513004fc870d468a0f67b7', operation='INSERT', pgid='pgtrigger_bidder_admitted_d973b', table='bid_bid', when='BEFORE'))],
            },
        ),
    ]
