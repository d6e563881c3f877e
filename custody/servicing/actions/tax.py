"""Tax by two: the rate for a holder status, the status of a party, and tax given back after a status changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet, Sum

from custody.servicing.actions.reading import begins, day_of, one_item, party_of, text_of
from custody.servicing.models import Entitlement, ServicingEvent, TaxReversal, TaxRule, TaxStatus
from custody.servicing.models.tax import HolderStatus, TaxBase
from custody.servicing.selectors import rules_in_force
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post, suspense_hold
from issuance.maths.rounding import half_up_ratio
from issuance.series.models import DebtKind as Instrument
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money


class _Dated(ABC):
    """What is valid from a day on: it ends the one before, and meets no other."""

    two_houses = False

    @abstractmethod
    def rows(self, payload: Payload) -> QuerySet[Any]:
        """All of one key, whatever their period."""

    def check_period(self, payload: Payload) -> None:
        first, last = begins(payload), day_of(payload, "valid_until")
        if last is not None and last <= first:
            raise Refused("It ends after it begins.", field="valid_until", rule="valid_until > valid_from")
        meets = self.rows(payload).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=first))
        if last is not None:
            meets = meets.filter(valid_from__lt=last)
        if meets.exclude(valid_until__isnull=True, valid_from__lt=first).exists():
            raise Refused("Another one is in force in that period.", field="valid_from", rule="no overlap")

    def standing(self, payload: Payload) -> Model | None:
        """The open one that this ends."""
        found: Model | None = (
            self.rows(payload).filter(valid_until__isnull=True, valid_from__lt=begins(payload)).first()
        )
        return found

    def end_standing(self, payload: Payload) -> None:
        lock_rows(self.rows(payload))
        standing = self.standing(payload)
        if standing is not None:
            self.rows(payload).filter(pk=standing.pk).update(valid_until=begins(payload))


class TaxRuleSet(_Dated):
    """Payload: {"status", "instrument", "base", "rate_bp", "source", "valid_from", "valid_until" or ""}."""

    name = "custody.servicing.TaxRuleSet"
    title = "Set a tax rate"
    maker_power = Power.TAX_DRAFT
    checker_power = Power.TAX_APPROVE

    def rows(self, payload: Payload) -> QuerySet[TaxRule]:
        key = {name: str(payload.get(name)) for name in ("status", "instrument", "base")}
        return TaxRule.objects.filter(**key)

    def check(self, payload: Payload, *, now: datetime) -> None:
        for name, allowed in (("status", HolderStatus), ("instrument", Instrument), ("base", TaxBase)):
            if payload.get(name) not in allowed.values:
                raise Refused(
                    f"{payload.get(name)!r} is none of the known.", field=name, rule=", ".join(allowed.values)
                )
        if not isinstance(payload.get("rate_bp"), int) or not 0 <= payload["rate_bp"] <= 10_000:
            raise Refused("A rate is 0 to 10,000 basis points.", field="rate_bp", rule="basis points")
        text_of(payload, "source", 200)
        self.check_period(payload)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        standing = self.standing(payload)
        row = TaxRule(**_terms(payload, "status", "instrument", "base", "rate_bp", "source"))
        until = payload.get("valid_until") or "further notice"
        return Preview(
            rows=[
                ("Rate", str(standing) if standing else "none", str(row)),
                ("In force", "", f"{payload['valid_from']} until {until}"),
                ("Source", standing.source if isinstance(standing, TaxRule) else "", str(payload["source"])),
            ]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return one_item(dict(payload))

    def subject(self, payload: Payload) -> str:
        return f"tax rule:{payload.get('instrument')} {payload.get('status')}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        self.end_standing(payload)
        terms = _terms(payload, "status", "instrument", "base", "rate_bp", "source")
        TaxRule.objects.create(**terms, **_period(payload), approval=approval)


class TaxStatusSet(_Dated):
    """Payload: {"party", "status", "source", "valid_from", "valid_until" or ""}."""

    name = "custody.servicing.TaxStatusSet"
    title = "Set a party's tax status"
    maker_power = Power.PAYEE_DRAFT
    checker_power = Power.PAYEE_APPROVE

    def rows(self, payload: Payload) -> QuerySet[TaxStatus]:
        return TaxStatus.objects.filter(party=party_of(payload))

    def check(self, payload: Payload, *, now: datetime) -> None:
        if payload.get("status") not in HolderStatus.values:
            raise Refused(f"{payload.get('status')!r} is no tax status.", field="status", rule="known status")
        text_of(payload, "source", 200)
        self.check_period(payload)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        standing = self.standing(payload)
        before = standing.get_status_display() if isinstance(standing, TaxStatus) else "unknown: highest rate"
        until = payload.get("valid_until") or "further notice"
        return Preview(
            rows=[
                (f"Status of {party_of(payload)}", before, HolderStatus(payload["status"]).label),
                ("In force", "", f"{payload['valid_from']} until {until}"),
                ("Source", "", str(payload["source"])),
            ]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return one_item(dict(payload))

    def subject(self, payload: Payload) -> str:
        return f"tax status:{party_of(payload).reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        self.end_standing(payload)
        terms = _terms(payload, "status", "source")
        TaxStatus.objects.create(party=party_of(payload), **terms, **_period(payload), approval=approval)


class TaxReverse:
    """Payload: {"entitlement", "status", "reason"}. Gives back what a better status would not have paid."""

    name = "custody.servicing.TaxReverse"
    title = "Give tax back"
    maker_power = Power.TAX_DRAFT
    checker_power = Power.TAX_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        text_of(payload, "reason", 500)
        line = _line(payload)
        if line.event.release_approval_id is None:
            raise Refused("Nothing is withheld before the release.", field="entitlement", rule="released")
        if _back(line, _rule(line, payload)) <= 0:
            raise Refused(
                "Under that status no less is due.",
                field="status",
                rule="only tax that was too much goes back",
                next_step="What is owed on top, the authority asks of the holder himself.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        line = _line(payload)
        rule, currency = _rule(line, payload), line.event.token.series.payment_currency
        kept = _kept(line)
        after = Money(kept - _back(line, rule), currency).format()
        return Preview(
            rows=[
                (f"Tax of {line.party} on {line.event.token.series.isin}", Money(kept, currency).format(), after),
                ("Status", line.tax_status or "unknown", rule.get_status_display()),
                ("Given back, into suspense", "", Money(_back(line, rule), currency).format()),
            ]
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        line = _line(payload)
        return one_item({"entitlement": line.pk, "back_minor": _back(line, _rule(line, payload))})

    def subject(self, payload: Payload) -> str:
        return f"tax:{_line(payload).event.token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        line = _line(payload)
        # The lines themselves are append-only; the event stands for all of them.
        lock_rows(ServicingEvent.objects.filter(pk=line.event_id))
        self.check(payload, now=now)
        rule, currency = _rule(line, payload), line.event.token.series.payment_currency
        back = _back(line, rule)
        reason = f"tax on {line.event.token.series.isin} taken back for {line.party}"
        entry = journal_post(
            key=f"servicing:{line.event_id}:tax-back:{line.pk}:{approval.pk}",
            kind=CashEntry.Kind.TAX,
            words=reason[:200],
            currency=currency,
            legs=((CashAccount.Kind.TAX, back), (CashAccount.Kind.SUSPENSE, -back)),
            now=now,
        )
        suspense_hold(entry=entry, amount_minor=back, currency=currency, reason=reason, bank_reference=entry.key)
        TaxReversal.objects.create(
            entitlement=line,
            status=rule.status,
            rate_bp=rule.rate_bp,
            amount_minor=back,
            reason=text_of(payload, "reason", 500),
            cash_entry=entry,
            approval=approval,
            made_at=now,
        )


def _terms(payload: Payload, *names: str) -> dict[str, Any]:
    return {name: payload[name] for name in names}


def _period(payload: Payload) -> dict[str, date | None]:
    return {"valid_from": begins(payload), "valid_until": day_of(payload, "valid_until")}


def _line(payload: Payload) -> Entitlement:
    rows = Entitlement.objects.select_related("event__token__series", "party", "tax_rule")
    found = rows.filter(pk=int(payload.get("entitlement") or 0)).first()
    if found is None:
        raise Refused("There is no such entitlement.", field="entitlement", rule="entitlement exists")
    return found


def _rule(line: Entitlement, payload: Payload) -> TaxRule:
    """The rule of the event's day for the right status."""
    for rule in rules_in_force(line.event):
        if rule.status == payload.get("status"):
            return rule
    raise Refused("No tax rule is in force for that status.", field="status", rule="rule in force")


def _kept(line: Entitlement) -> int:
    back = TaxReversal.objects.filter(entitlement=line).aggregate(total=Sum("amount_minor"))["total"] or 0
    return line.tax_minor - int(back)


def _back(line: Entitlement, rule: TaxRule) -> int:
    exact = line.base_minor * rule.rate_bp
    due = {"DOWN": exact // 10_000, "UP": -(-exact // 10_000)}.get(line.event.tax_rounding)
    return _kept(line) - (half_up_ratio(exact, 10_000) if due is None else due)
