"""Evidence packs on the pages: asked for by who may reconcile, downloaded by whoever reads assurance."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from contracts.outbox.models import Intent
from custody.reconciliation.evidence.anchoring import evidence_anchor_again, root_failed
from custody.reconciliation.evidence.backing import word_in_force
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.rows import Scope
from custody.reconciliation.evidence.services import evidence_bytes, evidence_prepare
from custody.registries.models import RegistryConfirmation
from tokenization.assurance import selectors
from tokenization.assurance.looks import look
from tokenization.assurance.models import Look
from tokenization.assurance.reach import reach
from tokenization.documents.downloads import download
from tokenization.identity.models import User
from tokenization.identity.roles import Power, has_power
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.theme import figures
from tokenization.theme.faces import face

STATES = {
    "PREPARED": "Prepared: the issuer's key signs it in a moment.",
    "SIGNED": "Signed by the issuer; its root is on its way to the chain.",
    "ANCHORED": "Signed by the issuer; its root is final on chain.",
}
FAILED = "Signed by the issuer; its root did not reach the chain."


def evidence_facts(pack: EvidencePack | None) -> list[dict[str, str]]:
    """What the page of a run says of its pack; nothing before one was asked for."""
    if pack is None:
        return []
    failed = root_failed(pack)
    facts = [
        ("State", FAILED if failed else STATES[pack.state]),
        ("Files", figures.units(pack.files)),
        ("Merkle root", pack.root),
        ("Signed by", pack.signer_address or figures.EMPTY),
        ("Prepared", figures.when(pack.prepared_at)),
    ]
    if pack.anchored_block is not None:
        facts.append(("Root in block", figures.units(pack.anchored_block)))
    elif pack.intent is not None and failed:
        facts.append(("What happened", _ended(pack.intent)))
    elif pack.intent is not None and pack.intent.reason:
        facts.append(("Waits because", pack.intent.reason))
    if pack.intent is not None and pack.intent.split_from is not None:
        facts.append(("Tried before", _ended(pack.intent.split_from)))
    return [{"label": label, "value": value, "href": ""} for label, value in facts]


@dataclass(frozen=True)
class Asked:
    """An option of the verifier with the address that it needs, and who tells whether it is his."""

    option: str
    address: str
    whose: str


def asked_of(pack: EvidencePack) -> list[Asked]:
    """Every address without which the pack is not verified: the issuer's, the confirmers', the examiner's."""
    run = pack.run
    words = RegistryConfirmation.objects.filter(token=run.token, kind="IMMOBILISE", confirmed_at__lte=run.at)
    confirmers = words.order_by("signer_address").values_list("signer_address", flat=True).distinct()
    confirmer = "the fiscal agent" if run.token.is_cash else "the registrar"
    made = [Asked("--signer", pack.signer_address or "", "the issuer")]
    made += [Asked("--confirmer", address, confirmer) for address in confirmers if address]
    word = word_in_force(Scope(run, 0, ""))
    if word is not None:
        made.append(Asked("--examiner", word.signer or "", f"the examiner, {word.examiner.name}"))
    return made


def verify_command(pack: EvidencePack) -> str:
    """Whole, for the pack as it is downloaded."""
    options = " ".join(f"{one.option} {one.address}" for one in asked_of(pack))
    return f"python verify_evidence.py evidence-run-{pack.run_id}.zip {options}"


def _ended(intent: Intent) -> str:
    """How a transaction that had no effect ended: "given up, nothing happened on chain: the key may not do this"."""
    return f"{intent.get_state_display()}: {intent.reason}" if intent.reason else intent.get_state_display()


@face("assurance")
@require_POST
def evidence_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Fixes the content of the run's pack; signing and anchoring follow. Or has a root that failed anchored again."""
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    if not has_power(request.user, Power.RECONCILE):
        raise PermissionDenied
    found = get_object_or_404(selectors.runs(reach(request)), pk=pk)
    pack = EvidencePack.objects.filter(run=found).first()
    try:
        if pack is not None and root_failed(pack):
            evidence_anchor_again(pack=pack, actor=request.user, now=clock.now())
        else:
            evidence_prepare(run=found, actor=request.user, now=clock.now())
    except PlatformError as error:
        messages.error(request, f"The pack could not be prepared: {error}")
    return redirect("assurance:run", pk=pk)


@face("assurance")
@require_safe
def evidence_zip(request: HttpRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(EvidencePack.objects.exclude(state="PREPARED"), run=pk)
    look(request, Look.What.PACK, pk)
    return download(f"evidence-run-{pk}.zip", evidence_bytes(pack), "application/zip")


@face("assurance")
@require_safe
def break_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file with which a break was closed."""
    found = get_object_or_404(selectors.breaks(reach(request)), pk=pk).closing_file
    if found is None:
        raise Http404
    look(request, Look.What.BREAK, pk)
    return download(found.name, bytes(found.content), found.media_type)
