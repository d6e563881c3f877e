"""What the database itself asks of attestations, and of every issue that they carry."""

from __future__ import annotations

import pgtrigger

from tokenization.kernel.triggers import Guard, altered, guard

_FIXED = (
    "token_id", "number", "examiner_id", "claimed_minor", "quantity_minor", "encumbered_minor", "as_of", "expiry",
    "scope", "standard", "report_id", "report_hash", "drafted_by_id", "drafted_at",
)  # fmt: skip
_ALTERED = altered(*_FIXED)
_SIGNED = "OLD.signature <> '' AND (OLD.signature, OLD.signer) IS DISTINCT FROM (NEW.signature, NEW.signer)"

_BEGINS = """
    IF NEW.state <> 'DRAFT' THEN
        RAISE EXCEPTION 'reserve_attestation_begins_unsigned: an attestation is drawn up before it is signed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_IS_FIXED = """
    RAISE EXCEPTION 'reserve_attestation_is_fixed: what an examiner was asked to sign, or signed, never changes'
        USING ERRCODE = 'check_violation';
"""
_KEY = """
    IF NOT EXISTS (
        SELECT 1 FROM reserves_examinerkey k WHERE k.address = NEW.signer AND k.examiner_id = NEW.examiner_id
    ) THEN
        RAISE EXCEPTION 'reserve_attestation_by_its_examiner: signed with no key of this examiner'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_FINAL = """
    IF OLD.state <> 'RELAYED' OR NOT EXISTS (
        SELECT 1 FROM outbox_intent i WHERE i.id = NEW.intent_id AND i.state = 'FINAL' AND i.function = 'attest'
    ) THEN
        RAISE EXCEPTION 'reserve_attestation_counts_when_final: its call is not in a final block'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# Units issued or on their way, those of this instruction counted, x backing <= (quantity - encumbered) x (1 - margin).
# Burns count once their release is ordered. The clock is the chain's, as the contract's is: the latest block known.
ISSUE_IS_BACKED = """
    SELECT s.denomination_minor, s.margin_bps INTO terms
    FROM tokenisation_tokencontract t JOIN series_series s ON s.id = t.series_id
    WHERE t.id = NEW.token_id AND s.kind = 'RESERVE';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- One issue of a token at a time: the next one counts this one.
    PERFORM 1 FROM tokenisation_tokencontract WHERE id = NEW.token_id FOR NO KEY UPDATE;
    SELECT a.* INTO word FROM reserves_reserveattestation a
    WHERE a.token_id = NEW.token_id AND a.state = 'IN_FORCE' ORDER BY a.number DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'reserve_backs_issue: nothing is attested behind this token'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';
    END IF;
    SELECT max(b.timestamp) INTO chain_now FROM indexer_block b;
    IF (chain_now < word.expiry) IS NOT TRUE THEN
        RAISE EXCEPTION 'reserve_backs_issue: attestation % ended on %', word.number, word.expiry
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';
    END IF;
    SELECT r.encumbered_minor, r.raised_at INTO raised FROM reserves_encumbranceraise r
    WHERE r.token_id = NEW.token_id ORDER BY r.sequence DESC LIMIT 1;
    held := word.encumbered_minor;
    IF raised.raised_at >= word.as_of THEN
        held := greatest(held, raised.encumbered_minor);
    END IF;
    SELECT COALESCE(sum(CASE WHEN i.kind = 'ISSUE' AND i.state IN ('SENT', 'DONE') THEN i.units
        WHEN i.kind = 'REDEEM' AND i.state = 'DONE' AND EXISTS (SELECT 1 FROM reserves_releaseorder o
            JOIN reserves_physicalredemption r ON r.id = o.redemption_id WHERE r.instruction_id = i.id)
        THEN -i.units ELSE 0 END), 0) INTO supply
    FROM instructions_instruction i WHERE i.token_id = NEW.token_id;
    eligible := floor(greatest(word.quantity_minor - held, 0)::numeric * (10000 - terms.margin_bps) / 10000);
    IF supply * terms.denomination_minor > eligible THEN
        RAISE EXCEPTION 'reserve_backs_issue: % are needed and % are eligible',
            supply * terms.denomination_minor, eligible
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reserve_backs_issue';
    END IF;
    RETURN NULL;
"""


ATTESTATION_GUARDS = [
    guard("reserve_attestation_begins_unsigned", pgtrigger.Insert, _BEGINS),
    guard("reserve_attestation_is_fixed", pgtrigger.Update, _IS_FIXED, f"({_ALTERED} OR ({_SIGNED}))"),
    guard(
        "reserve_attestation_by_its_examiner",
        pgtrigger.Update,
        _KEY,
        "(NEW.state = 'RECEIVED' AND OLD.state <> 'RECEIVED')",
    ),
    guard(
        "reserve_attestation_counts_when_final",
        pgtrigger.Update,
        _FINAL,
        "(NEW.state = 'IN_FORCE' AND OLD.state <> 'IN_FORCE')",
    ),
]
ISSUE_GUARD = Guard(
    name="reserve_backs_issue",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition("(NEW.kind = 'ISSUE' AND NEW.state = 'SENT' AND OLD.state <> 'SENT')"),
    declare=[
        ("terms", "RECORD"),
        ("word", "RECORD"),
        ("raised", "RECORD"),
        ("chain_now", "timestamptz"),
        ("held", "bigint"),
        ("supply", "numeric"),
        ("eligible", "numeric"),
    ],
    func=ISSUE_IS_BACKED,
)
