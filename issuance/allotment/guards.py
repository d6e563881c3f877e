"""An allotment is what its offer or its auction's decision says; a decision is carried out whole, whoever writes."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.money import MINOR_DIGITS
from tokenization.kernel.triggers import Guard


def follows_source(name: str) -> Guard:
    """Refuse an allotment whose series, settlement date or price is not its offer's."""
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF NEW.offer_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM allotment_offer o
                WHERE o.id = NEW.offer_id AND o.series_id = NEW.series_id
                    AND o.settlement_date = NEW.settlement_date AND o.price = NEW.price
            ) THEN
                RAISE EXCEPTION '{name}: series, settlement date and price of an allotment are those of its source'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (the name is a constant of the model)
    )


def yield_of_debt(name: str) -> Guard:
    """Refuse an offer of debt without a yield, and one of a reserve-backed series with one."""
    return Guard(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF (NEW.yield_pct IS NULL) <> EXISTS (
                SELECT 1 FROM series_series s WHERE s.id = NEW.series_id AND s.kind = 'RESERVE'
            ) THEN
                RAISE EXCEPTION '{name}: debt has a yield, a unit backed by a commodity has none'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (the name is a constant of the model)
    )


def unit_price_times_units(name: str) -> Guard:
    """Refuse an allotment of a reserve-backed series whose money is not units x price, half up to the minor unit."""
    digits = "".join(f" WHEN '{code}' THEN {count}" for code, count in sorted(MINOR_DIGITS.items()) if count != 2)
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        declare=[("sold", "RECORD")],
        func=f"""
            SELECT kind, CASE payment_currency{digits} ELSE 2 END AS digits INTO sold
            FROM series_series WHERE id = NEW.series_id;
            IF sold.kind = 'RESERVE' AND (NEW.offer_id IS NULL OR NEW.accrued_minor <> 0
                OR NEW.proceeds_minor <> round(NEW.units * NEW.price * power(10::numeric, sold.digits))) THEN
                RAISE EXCEPTION '{name}: what is paid is units x price, rounded half up'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  (codes and name are constants)
    )


# The allotments of a stored result, with its faces and amounts in minor units.
_ANSWERED = """
    SELECT (item ->> 'id')::bigint AS bid_id, item ->> 'bidder' AS bidder,
        (item ->> 'face')::numeric * 100 AS face_minor, (item ->> 'price')::numeric AS price,
        (item ->> 'amount')::numeric * 100 AS proceeds_minor, (item ->> 'accrued')::numeric * 100 AS accrued_minor
    FROM jsonb_array_elements({result}::jsonb -> 'allotments') item
"""
_REFUSE = "USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'"


def as_decided(name: str) -> Guard:
    """Refuse an allotment of a bid that its auction's decision does not contain so: series, day, party and figures."""
    answered = _ANSWERED.format(result="d.result")
    return Guard(
        name=name,
        level=pgtrigger.Statement,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
        func=f"""
            IF EXISTS (
                SELECT n.bid_id, b.auction_id, n.series_id, n.settlement_date, n.party_id, p.reference,
                    n.face_minor::numeric, n.price, n.proceeds_minor::numeric, n.accrued_minor::numeric
                FROM new_rows n JOIN bid_bid b ON b.id = n.bid_id JOIN identity_party p ON p.id = n.party_id
                EXCEPT
                SELECT r.bid_id, a.id, a.series_id, a.settlement_date, b.bidder_id, r.bidder,
                    r.face_minor, r.price, r.proceeds_minor, r.accrued_minor
                FROM allotment_auctiondecision d JOIN auction_auction a ON a.id = d.auction_id
                CROSS JOIN LATERAL ({answered}) r JOIN bid_bid b ON b.id = r.bid_id
                WHERE d.auction_id IN (SELECT s.auction_id FROM new_rows n JOIN bid_bid s ON s.id = n.bid_id)
            ) THEN
                RAISE EXCEPTION '{name}: an allotment of a bid is what the decision on its auction says'
                    {_REFUSE.format(name=name)};
            END IF;
            RETURN NULL;
        """,  # noqa: S608
    )


def of_a_closed_auction(name: str) -> Guard:
    """Refuse a decision on an auction that is not closed, and one that takes more than its target without a reason."""
    answered = _ANSWERED.format(result="NEW.result")
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        declare=[("sale", "RECORD")],
        func=f"""
            SELECT state, target_minor INTO sale FROM auction_auction WHERE id = NEW.auction_id;
            IF sale.state IS DISTINCT FROM 'CLOSED' THEN
                RAISE EXCEPTION '{name}: the auction is %', lower(sale.state) {_REFUSE.format(name=name)};
            END IF;
            IF btrim(NEW.more_than_target_reason) = ''
                AND (SELECT sum(r.face_minor) FROM ({answered}) r) > sale.target_minor THEN
                RAISE EXCEPTION '{name}: more than the announced target is taken for a reason'
                    {_REFUSE.format(name=name)};
            END IF;
            RETURN NEW;
        """,  # noqa: S608
    )


def allots_whole(name: str) -> Guard:
    """At commit: every allotment of the result is there, and the auction has moved accordingly."""
    return Guard(
        name=name,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        timing=pgtrigger.Deferred,
        declare=[("wanted", "bigint"), ("found", "bigint"), ("reached", "text")],
        func=f"""
            SELECT jsonb_array_length(NEW.result::jsonb -> 'allotments') INTO wanted;
            SELECT count(*) INTO found FROM allotment_allotment t JOIN bid_bid b ON b.id = t.bid_id
                WHERE b.auction_id = NEW.auction_id;
            SELECT state INTO reached FROM auction_auction WHERE id = NEW.auction_id;
            IF found <> wanted OR reached <> (CASE WHEN wanted = 0 THEN 'REJECTED' ELSE 'ALLOTTED' END) THEN
                RAISE EXCEPTION '{name}: the result has % allotments, % are written, the auction is %',
                    wanted, found, lower(reached) {_REFUSE.format(name=name)};
            END IF;
            RETURN NULL;
        """,  # noqa: S608
    )
