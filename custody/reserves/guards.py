"""What the database itself refuses of items, whoever writes: used twice, moved without a decision, or forgotten."""

from __future__ import annotations

import pgtrigger

from custody.reserves.released import PROMISED_GUARD
from tokenization.kernel.triggers import altered, guard

FIXED = ("vault_id", "form", "key", "brand", "serial", "year", "tank", "batch")

_BEGINS = """
    IF NEW.state <> 'FREE' OR NEW.token_id IS NOT NULL OR NEW.moves <> 0 THEN
        RAISE EXCEPTION 'vault_item_begins_free: an item is written as FREE' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_FIXED = """
    RAISE EXCEPTION 'vault_item_is_itself: which item it is never changes' USING ERRCODE = 'check_violation';
"""
_HISTORY = """
    IF NEW.moves <> OLD.moves + 1 OR NOT EXISTS (
        SELECT 1 FROM reserves_vaultitemmove m WHERE m.item_id = NEW.id AND m.sequence = NEW.moves
        AND m.old_state = OLD.state AND m.new_state = NEW.state
        AND m.token_id IS NOT DISTINCT FROM COALESCE(NEW.token_id, OLD.token_id)
    ) THEN
        RAISE EXCEPTION 'vault_item_moves_with_history: a row of history says from where to where, and for which token'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_MEASURE = """
    IF NOT EXISTS (
        SELECT 1 FROM reserves_vault v JOIN tokenisation_tokencontract t ON t.currency = v.commodity
        WHERE v.id = NEW.vault_id AND t.id = NEW.token_id AND t.purpose = 'SECURITY'
    ) THEN
        RAISE EXCEPTION 'vault_item_of_one_measure: the token counts in another measure than the vault'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_DONE = """
    IF NOT EXISTS (SELECT 1 FROM reserves_vaultitem i WHERE i.id = NEW.item_id AND i.moves >= NEW.sequence) THEN
        RAISE EXCEPTION 'vault_item_move_happened: history tells of a move that the item never made'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# The same text as custody.reserves.moves.move_leaf hashes: what two persons approved is this very move.
_DECIDED = """
    IF NEW.new_state IN ('RELEASE_ORDERED', 'RELEASED') THEN
        IF NOT EXISTS (
            SELECT 1 FROM reserves_redemptionitem a JOIN reserves_physicalredemption r ON r.id = a.redemption_id
            JOIN reserves_releaseorder o ON o.redemption_id = r.id
            WHERE a.item_id = NEW.item_id AND a.live AND r.id = NEW.redemption_id
            AND r.state = CASE NEW.new_state WHEN 'RELEASED' THEN 'RELEASED' ELSE 'BURNED' END
        ) THEN
            RAISE EXCEPTION 'vault_item_moves_by_decision: released by the order of its redemption, after the burn'
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM identity_approvalitem i JOIN identity_approval a ON a.id = i.approval_id
        WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND i.leaf = '0x' || encode(sha256(convert_to(
            format('reserve item %s move %s to %s token %s', NEW.item_id, NEW.sequence, NEW.new_state,
                COALESCE(NEW.token_id::text, '-')), 'UTF8')), 'hex')
    ) THEN
        RAISE EXCEPTION 'vault_item_moves_by_decision: no approved approval holds this move'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

MOVED = f"({altered('state', 'token_id')})"


ITEM_GUARDS = [
    guard("vault_item_begins_free", pgtrigger.Insert, _BEGINS),
    guard("vault_item_is_itself", pgtrigger.Update, _FIXED, f"({altered(*FIXED)})"),
    guard("vault_item_moves_with_history", pgtrigger.Update, _HISTORY, MOVED),
    guard(
        "vault_item_of_one_measure",
        pgtrigger.Update,
        _MEASURE,
        "(NEW.token_id IS NOT NULL AND OLD.token_id IS DISTINCT FROM NEW.token_id)",
    ),
    PROMISED_GUARD,
]
MOVE_GUARDS = [
    guard("vault_item_moves_by_decision", pgtrigger.Insert, _DECIDED),
    guard("vault_item_move_happened", pgtrigger.Insert, _DONE, at_commit=True),
]
