"""An examiner's attestation: drawn up from the latest lists, signed outside with his own key, relayed, then in force.

The platform stores and relays; it has no examiner's key and cannot make one. Nothing counts before the log is final.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.messages import Attestation, attestation_typed_data
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.gateway.typed_data import recover
from contracts.outbox.services import intent_enqueue
from custody.reserves.models import ReserveAttestation, VaultListLine, attestation_machine
from custody.reserves.selectors import examiner_of, is_examiners, items_to_attest, lines_backing
from custody.reserves.services.report import report_of
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.outcome import Outcome, intent_result
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import NotAllowed, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.turns import Turns

State = ReserveAttestation.State


@transaction.atomic
def attestation_draft(
    *,
    token: TokenContract,
    expiry: datetime,
    scope: str,
    standard: str,
    encumbered_minor: int = 0,
    quantity_minor: int | None = None,
    actor: User,
    now: datetime,
) -> ReserveAttestation:
    """Draw up what the examiner is about to sign, from the vaults' latest lists, as of the earliest of them.

    `quantity_minor` is his own figure where it is lower than the lists'. Refused when no list names an item behind the
    token, or one that is behind it is missing from them; an earlier draft of the token is discarded.
    """
    require_power(actor, Power.ATTEST)
    examiner = _examiner(actor)
    # The row that guards drafts: whoever takes items away holds it too.
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    lines = _listed(token, now)
    claimed = sum(line.fine_minor for line in lines)
    as_of = min(line.list.as_of for line in lines).replace(microsecond=0)
    quantity = claimed if quantity_minor is None else quantity_minor
    _check(quantity, claimed, encumbered_minor, expiry, scope, standard, now)
    for row in ReserveAttestation.objects.filter(token=token, state=State.DRAFT):
        attestation_machine.move(row, State.DISCARDED)
    last = ReserveAttestation.objects.filter(token=token).order_by("-number").first()
    facts: dict[str, Any] = {
        "token": token,
        "number": last.number + 1 if last else 1,
        "examiner": examiner,
        "quantity_minor": quantity,
        "encumbered_minor": encumbered_minor,
        "as_of": as_of,
        "expiry": expiry.replace(microsecond=0),
        "scope": scope.strip(),
        "standard": standard.strip(),
    }
    name = f"attestation-{token.series.isin}-{facts['number']}.json"
    content = report_of(**facts, lines=lines)
    report = file_store(name=name, content=content, media_type="application/json", actor=actor, now=now)
    row = ReserveAttestation.objects.create(
        **facts, claimed_minor=claimed, report=report, report_hash=report.sha256, drafted_by=actor, drafted_at=now
    )
    _record("attestation.draft", row, actor, now)
    return row


def attestation_message(attestation: ReserveAttestation) -> dict[str, Any]:
    """The EIP-712 message that the examiner signs with his own key, and the ReserveBook checks."""
    return attestation_typed_data(attestation.token.chain_id, contract_address("RESERVE_BOOK"), _body(attestation))


@transaction.atomic
def attestation_receive(
    *, attestation: ReserveAttestation, signature: str, actor: User, now: datetime
) -> ReserveAttestation:
    """Take the examiner's signature. It counts once the chain has taken it; the bell relays it.

    The same signature again returns what is there. Refused for another key than one of his, for other figures, or when
    its end has come.
    """
    require_power(actor, Power.ATTEST)
    lock_rows(TokenContract.objects.filter(pk=attestation.token_id))
    row = ReserveAttestation.objects.select_related("examiner", "token").get(pk=attestation.pk)
    if row.examiner_id != _examiner(actor).pk:
        raise NotAllowed("This is another examiner's attestation.", rule="his own")
    if row.state != State.DRAFT:
        if row.signature.lower() == signature.lower():
            return row
        raise Refused(
            f"This attestation is {row.get_state_display()}. {row.reason}".strip(),
            field="attestation",
            rule="signed once",
            next_step="Draw up a new one.",
        )
    if row.expiry <= now:
        raise Refused("Its end has come.", field="expiry", rule="in the future", next_step="Draw up a new one.")
    signer = _signer(row, signature)
    attestation_machine.move(row, State.RECEIVED, signature=signature, signer=signer, received_at=now)
    _record("attestation.receive", row, actor, now)
    return row


def attestations_advance(*, now: datetime) -> int:
    """Relay what was signed, and put in force what is final. Returns how many moved. Safe to repeat.

    One that cannot go on stops no other: the first error is raised when all have had their turn.
    """
    rows, turns = ReserveAttestation.objects.order_by("pk").values_list("pk", flat=True), Turns()
    turns.each(rows.filter(state=State.RECEIVED), partial(_relay, now=now))
    turns.each(rows.filter(state=State.RELAYED), partial(_settle, now=now))
    return turns.end()


@transaction.atomic
def _relay(pk: int, now: datetime) -> int:
    (rows,) = lock_rows(ReserveAttestation.objects.filter(pk=pk, state=State.RECEIVED))
    for row in rows:
        call = calls.attest(contract_address("RESERVE_BOOK"), _body(row), row.signature)
        key = f"reserves:{row.token_id}:attest:{row.number}"
        # Given up once its own end has come: the contract would refuse it for ever.
        intent = intent_enqueue(key=key, signer=ROLE_KEYS[ChainRole.RELAY], call=call, deadline=row.expiry, now=now)
        attestation_machine.move(row, State.RELAYED, intent=intent)
    return len(rows)


@transaction.atomic
def _settle(pk: int, now: datetime) -> int:
    (rows,) = lock_rows(ReserveAttestation.objects.filter(pk=pk, state=State.RELAYED))
    for row in rows:
        if row.intent is None:
            continue
        found = intent_result(row.intent)
        if found.outcome is Outcome.PENDING:
            return 0
        to = State.IN_FORCE if found.outcome is Outcome.DONE else State.FAILED
        attestation_machine.move(row, to, reason=found.reason if to == State.FAILED else "")
        _record(f"attestation.{to.value.lower()}", row, system_user(), now)
    return len(rows)


def _examiner(actor: User) -> Party:
    found = examiner_of(actor)
    if found is None:
        raise NotAllowed(
            f"{actor.username} acts for no examiner with a key.",
            rule="an examiner's key",
            next_step="Two houses enrol the examiner's key first.",
        )
    return found


def _listed(token: TokenContract, now: datetime) -> list[VaultListLine]:
    """The lines of all that is to be attested: whatever the lists do not name, nobody can have examined."""
    lines = lines_backing(token, now)
    listed = {line.item_id for line in lines}
    missing = [item for item in items_to_attest(token) if item.pk not in listed]
    if missing or not lines:
        named = ", ".join(f"{item.key} in {item.vault.code}" for item in missing[:3])
        named += f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise Refused(
            f"The vault's latest list does not name {named}."
            if missing
            else "No list names an item behind this token.",
            field="token",
            rule="items allocated and listed",
            next_step="Take in the vault's next list, or have the items taken from behind the token.",
        )
    return lines


def _check(
    quantity: int, claimed: int, encumbered: int, expiry: datetime, scope: str, standard: str, now: datetime
) -> None:
    wrong = [
        (0 < quantity <= claimed, "quantity", "from the lists", "At most what the lists say, and above zero."),
        (0 <= encumbered <= quantity, "encumbered", "within the quantity", "Encumbered is a part of the quantity."),
        (expiry > now, "expiry", "in the future", "An attestation ends in the future."),
        (0 < len(scope.strip()) <= 500, "scope", "length", "Say what was examined, in at most 500 characters."),
        (0 < len(standard.strip()) <= 200, "standard", "length", "Name the standard, in at most 200 characters."),
    ]
    for fine, field, rule, words in wrong:
        if not fine:
            raise Refused(words, field=field, rule=rule)


def _body(row: ReserveAttestation) -> Attestation:
    return Attestation(
        token=row.token.address,
        number=row.number,
        quantity=row.quantity_minor,
        encumbered=row.encumbered_minor,
        as_of=int(row.as_of.timestamp()),
        expiry=int(row.expiry.timestamp()),
        report_hash=row.report_hash,
    )


def _signer(row: ReserveAttestation, signature: str) -> str:
    try:
        signer = recover(attestation_message(row), signature)
    except ValueError as error:
        raise Refused(f"The signature cannot be read: {error}.", field="signature", rule="EIP-712") from error
    if not is_examiners(row.examiner, signer):
        raise Refused(
            "The signature is not this examiner's over these figures.",
            field="signature",
            rule="examiner's own key",
            next_step="Sign the downloaded message unchanged with the examiner's key.",
        )
    return signer


def _record(action: str, row: ReserveAttestation, actor: User, now: datetime) -> None:
    body = {
        "token": row.token.code,
        "number": row.number,
        "quantity_minor": row.quantity_minor,
        "encumbered_minor": row.encumbered_minor,
        "report": row.report_hash,
        "signer": row.signer or "",
    }
    audit.record(actor=actor, action=action, subject=f"attestation:{row.pk}", body=body, now=now)
