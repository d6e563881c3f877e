"""Which conditions are on file, which are still missing, and the hash that an approval binds."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from issuance.conditions.models import WHOLE_BP, ConditionPrecedent, Kind
from issuance.series.models import Series
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Missing:
    """One condition that is not met, in words."""

    kind: str
    words: str


def conditions_in_force(series: Series) -> QuerySet[ConditionPrecedent]:
    """What nothing has replaced, by kind and in the order of recording."""
    rows = ConditionPrecedent.objects.filter(series=series, replaced_by=None)
    return rows.select_related("document", "recorded_by").order_by("kind", "pk")


def conditions_missing(series: Series) -> list[Missing]:
    """What a reserve-backed series still lacks; nothing for debt."""
    if not series.is_reserve:
        return []
    rows = list(conditions_in_force(series))
    kinds = {row.kind for row in rows}
    titled = sum(row.share_bp or 0 for row in rows)
    missing = []
    if titled != WHOLE_BP:
        words = f"titles to the whole: {percent(titled)} are on file, {percent(WHOLE_BP - titled)} are missing"
        missing.append(Missing(Kind.TITLE, words))
    if Kind.CONSENT not in kinds:
        missing.append(Missing(Kind.CONSENT, "the consent of whoever may refuse"))
    if Kind.LENDER_CLEARANCE not in kinds:
        missing.append(Missing(Kind.LENDER_CLEARANCE, "the clearance of lenders' negative pledges"))
    return missing


def check_conditions(series: Series) -> None:
    """Refused, naming all that is missing; `rule` is of the first."""
    missing = conditions_missing(series)
    if missing:
        raise Refused(
            f"{series.isin} may not open yet. Still missing: {'; '.join(row.words for row in missing)}.",
            field="conditions",
            rule=f"conditions.{missing[0].kind.lower()}",
            next_step="Record the document of each, then propose the series again.",
        )


def conditions_hash(series: Series) -> str:
    """SHA-256 over the conditions in force with their documents' hashes: what the approval of a series binds."""
    rows = [
        [row.kind, row.holder, row.share_bp, row.words, row.instrument, row.document.sha256]
        for row in conditions_in_force(series)
    ]
    return sha256_hex(canonical_json(rows))


def percent(share_bp: int) -> str:
    """5000 -> 50.00 %."""
    return f"{share_bp // 100}.{share_bp % 100:02d} %"
