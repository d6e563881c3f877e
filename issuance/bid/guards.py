"""What the database itself refuses of a bid, whoever writes: too late, somebody else's, without a mandate."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.triggers import Guard

_IN_TIME = """
    -- The lock waits for a close that is under way, and makes a close wait for this bid.
    SELECT state, opens_at, closes_at INTO sale FROM auction_auction WHERE id = NEW.auction_id FOR SHARE;
    IF sale.state IS DISTINCT FROM 'ANNOUNCED' THEN
        RAISE EXCEPTION 'bid_in_time: the auction is %', lower(sale.state)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_in_time';
    END IF;
    IF NEW.received_at < sale.opens_at OR NEW.received_at >= sale.closes_at THEN
        RAISE EXCEPTION 'bid_in_time: received at %, and bids are taken from % until before %',
            NEW.received_at, sale.opens_at, sale.closes_at
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_in_time';
    END IF;
    RETURN NEW;
"""
_REPLACES = """
    SELECT auction_id, dealer_id, bidder_id, kind, received_at INTO former FROM bid_bid WHERE id = NEW.replaces_id;
    IF former.kind = 'WITHDRAW' THEN
        RAISE EXCEPTION 'bid_replaces_its_own: bid % is withdrawn', NEW.replaces_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_replaces_its_own';
    END IF;
    IF (former.auction_id, former.dealer_id, former.bidder_id)
        IS DISTINCT FROM (NEW.auction_id, NEW.dealer_id, NEW.bidder_id) OR NEW.received_at < former.received_at THEN
        RAISE EXCEPTION 'bid_replaces_its_own: bid % is of another auction, dealer or bidder, or later',
            NEW.replaces_id USING ERRCODE = 'check_violation', CONSTRAINT = 'bid_replaces_its_own';
    END IF;
    RETURN NEW;
"""
_ADMITTED = """
    IF NOT EXISTS (
        SELECT FROM auction_auction a JOIN identity_party p ON p.id = NEW.dealer_id
        WHERE a.id = NEW.auction_id AND p.category = ANY (a.direct_categories)
    ) THEN
        RAISE EXCEPTION 'bidder_admitted: party % does not bid directly in this auction', NEW.dealer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bidder_admitted';
    END IF;
    IF NEW.kind <> 'WITHDRAW' AND NEW.bidder_id <> NEW.dealer_id AND NOT EXISTS (
        SELECT FROM bid_dealerclient m WHERE m.dealer_id = NEW.dealer_id AND m.client_id = NEW.bidder_id
            AND m.valid_from <= NEW.received_at AND (m.valid_until IS NULL OR NEW.received_at < m.valid_until)
    ) THEN
        RAISE EXCEPTION 'bidder_admitted: party % has no mandate of party % then', NEW.dealer_id, NEW.bidder_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bidder_admitted';
    END IF;
    RETURN NEW;
"""
_SHORTENED = """
    IF to_jsonb(OLD) - 'valid_until' <> to_jsonb(NEW) - 'valid_until'
        OR COALESCE(NEW.valid_until, 'infinity') > COALESCE(OLD.valid_until, 'infinity') THEN
        RAISE EXCEPTION 'mandate_only_ends: a mandate changes nothing but its end, and that only to an earlier one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_only_ends';
    END IF;
    RETURN NEW;
"""


def _on_insert(name: str, func: str, **more: object) -> Guard:
    return Guard(name=name, when=pgtrigger.Before, operation=pgtrigger.Insert, func=func, **more)  # type: ignore[arg-type]


def bid_in_time() -> Guard:
    """From the opening until before the close of an announced auction, by its row under lock."""
    return _on_insert("bid_in_time", _IN_TIME, declare=[("sale", "RECORD")])


def bid_replaces_its_own() -> Guard:
    """An amendment or withdrawal follows a standing row of the same auction, dealer and bidder."""
    return _on_insert(
        "bid_replaces_its_own",
        _REPLACES,
        declare=[("former", "RECORD")],
        condition=pgtrigger.Condition("NEW.replaces_id IS NOT NULL"),
    )


def bidder_admitted() -> Guard:
    """The dealer bids directly in the auction; for another it has a mandate in force. A withdrawal needs none."""
    return _on_insert("bidder_admitted", _ADMITTED)


MANDATE_GUARDS = [
    Guard(name="mandate_only_ends", when=pgtrigger.Before, operation=pgtrigger.Update, func=_SHORTENED),
]
