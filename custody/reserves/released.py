"""What the database itself asks of physical redemption: burned, then ordered, then released; nothing asked twice."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.triggers import altered, guard

_FIXED = (
    "token_id", "wallet_id", "party_id", "vault_id", "units", "collector", "instruction_id", "requested_by_id",
    "requested_at",
)  # fmt: skip
_ALTERED = altered(*_FIXED)

_BEGINS = """
    IF NEW.state <> 'REQUESTED' OR NOT EXISTS (
        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.kind = 'REDEEM'
        AND i.token_id = NEW.token_id AND i.wallet_id = NEW.wallet_id AND i.units = NEW.units
    ) THEN
        RAISE EXCEPTION 'physical_redemption_begins: asked for with the burn of exactly these units of this wallet'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT w.address INTO STRICT holder FROM tokenisation_wallet w WHERE w.id = NEW.wallet_id;
    -- What the wallet holds, less what is in dispute and what was asked for already and is not burned yet.
    IF COALESCE((SELECT p.units FROM register_position p WHERE p.token_id = NEW.token_id AND p.account = holder), 0)
        - COALESCE((SELECT sum(d.units) FROM register_disputeentry d
            WHERE d.token_id = NEW.token_id AND d.wallet = holder), 0)
        - COALESCE((SELECT sum(r.units) FROM reserves_physicalredemption r
            JOIN instructions_instruction i ON i.id = r.instruction_id
            WHERE r.token_id = NEW.token_id AND r.wallet_id = NEW.wallet_id
            AND r.state IN ('REQUESTED', 'APPROVED', 'BURNING') AND i.state <> 'DONE'), 0) < NEW.units
    THEN
        RAISE EXCEPTION 'physical_redemption_is_held: the wallet does not hold so many units that are free'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'physical_redemption_is_held';
    END IF;
    RETURN NEW;
"""
# At commit: the items are those units, exactly.
_EXACT = """
    IF (SELECT COALESCE(sum(r.fine_minor), 0) FROM reserves_redemptionitem r WHERE r.redemption_id = NEW.id)
        <> NEW.units * (SELECT s.denomination_minor FROM tokenisation_tokencontract t
            JOIN series_series s ON s.id = t.series_id WHERE t.id = NEW.token_id)
    THEN
        RAISE EXCEPTION 'physical_redemption_is_exact: units x backing is the quantity of the items'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
_MOVES = f"""
    IF {_ALTERED} OR OLD.state IN ('RELEASED', 'FAILED', 'CANCELLED') THEN
        RAISE EXCEPTION 'physical_redemption_is_fixed: what was asked for never changes, nor a finished redemption'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('BURNED', 'RELEASE_ORDERED', 'RELEASED') AND NOT EXISTS (
        SELECT 1 FROM instructions_instruction i WHERE i.id = NEW.instruction_id AND i.state = 'DONE'
    ) THEN
        RAISE EXCEPTION 'physical_redemption_burns_first: its burn is not final' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('RELEASE_ORDERED', 'RELEASED') AND NOT EXISTS (
        SELECT 1 FROM reserves_releaseorder o WHERE o.redemption_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'physical_redemption_is_ordered: there is no release order' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""  # noqa: S608 our own column names
# At commit: whoever says that the units are burned has written the order.
_ORDERED = """
    IF NOT EXISTS (SELECT 1 FROM reserves_releaseorder o WHERE o.redemption_id = NEW.id) THEN
        RAISE EXCEPTION 'physical_redemption_no_burn_without_order: burned units and no release order'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
_ORDER = """
    IF NOT EXISTS (
        SELECT 1 FROM reserves_physicalredemption r JOIN instructions_instruction i ON i.id = r.instruction_id
        WHERE r.id = NEW.redemption_id AND i.state = 'DONE' AND i.settled_log_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'release_order_after_burn: nothing is released before the final log of its burn'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_ASKED = """
    IF NOT EXISTS (
        SELECT 1 FROM reserves_vaultitem v JOIN reserves_physicalredemption r ON r.id = NEW.redemption_id
        WHERE v.id = NEW.item_id AND v.state = 'ALLOCATED' AND v.token_id = r.token_id AND v.vault_id = r.vault_id
        AND v.fine_minor = NEW.fine_minor AND r.state = 'REQUESTED'
    ) THEN
        RAISE EXCEPTION 'redemption_item_backs_the_token: an item of that vault, behind that token, at its weight'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_GIVEN_BACK = """
    IF OLD.redemption_id <> NEW.redemption_id OR OLD.item_id <> NEW.item_id OR OLD.fine_minor <> NEW.fine_minor
        OR (NEW.live AND NOT OLD.live) OR (NOT NEW.live AND NOT EXISTS (
            SELECT 1 FROM reserves_physicalredemption r
            WHERE r.id = NEW.redemption_id AND r.state IN ('FAILED', 'CANCELLED')))
    THEN
        RAISE EXCEPTION 'redemption_item_is_fixed: given back only when its redemption came to nothing'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_BURN_FOR_ITEMS = """
    IF EXISTS (
        SELECT 1 FROM tokenisation_tokencontract t JOIN series_series s ON s.id = t.series_id
        WHERE t.id = NEW.token_id AND s.kind = 'RESERVE'
    ) AND NOT EXISTS (
        SELECT 1 FROM reserves_physicalredemption r WHERE r.instruction_id = NEW.id AND r.state = 'APPROVED'
    ) THEN
        RAISE EXCEPTION 'reserve_burn_for_items: units of a reserve are burned for chosen items, approved by two'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_PROMISED = """
    IF EXISTS (
        SELECT 1 FROM reserves_redemptionitem a JOIN reserves_physicalredemption r ON r.id = a.redemption_id
        WHERE a.item_id = NEW.id AND a.live AND r.state IN ('APPROVED', 'BURNING', 'BURNED', 'RELEASE_ORDERED')
    ) THEN
        RAISE EXCEPTION 'vault_item_is_promised: a redemption that was approved waits for this item'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


REDEMPTION_GUARDS = [
    guard("physical_redemption_begins", pgtrigger.Insert, _BEGINS, declare=[("holder", "text")]),
    guard("physical_redemption_is_exact", pgtrigger.Insert, _EXACT, at_commit=True),
    guard("physical_redemption_moves", pgtrigger.Update, _MOVES),
    guard(
        "physical_redemption_no_burn_without_order",
        pgtrigger.Update,
        _ORDERED,
        "(NEW.state = 'BURNED')",
        at_commit=True,
    ),
]
ITEM_GUARDS = [
    guard("redemption_item_backs_the_token", pgtrigger.Insert, _ASKED),
    guard("redemption_item_is_fixed", pgtrigger.Update, _GIVEN_BACK),
]
ORDER_GUARDS = [guard("release_order_after_burn", pgtrigger.Insert, _ORDER)]
BURN_GUARD = guard(
    "reserve_burn_for_items",
    pgtrigger.Update,
    _BURN_FOR_ITEMS,
    "(NEW.kind = 'REDEEM' AND NEW.state = 'SENT' AND OLD.state <> 'SENT')",
)
PROMISED_GUARD = guard(
    "vault_item_is_promised",
    pgtrigger.Update,
    _PROMISED,
    "(OLD.state = 'ALLOCATED' AND NEW.state IN ('FREE', 'PLEDGED', 'ENCUMBERED'))",
)
