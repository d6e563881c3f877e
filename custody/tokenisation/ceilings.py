"""Changing a ceiling on chain, and withdrawing what was announced: one officer asks, another decides."""

from __future__ import annotations

from datetime import datetime

from custody.tokenisation.models import ChainSetting, ProgrammeCode, TokenContract
from custody.tokenisation.services.powers import WAITING, power_withdraw
from custody.tokenisation.services.programme import MICRO, programme_ceiling_change, series_ceiling_change
from issuance.programme.models import Programme
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money

NOTICE = "It is announced on chain for a day before it can be executed; until then it can be withdrawn."


class _Change:
    maker_power = Power.AUTHORITY_DRAFT
    checker_power = Power.AUTHORITY_APPROVE
    two_houses = False

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        body = {name: str(value) for name, value in payload.items()}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]


class ProgrammeCeilingChange(_Change):
    """Payload: {"programme": id, "ceiling_minor": whole number}. At most the programme's own ceiling."""

    name = "custody.tokenisation.ProgrammeCeilingChange"
    title = "Change a programme's ceiling on chain"

    def check(self, payload: Payload, *, now: datetime) -> None:
        row, wish = self._programme(payload), _whole(payload, "ceiling_minor")
        if not ProgrammeCode.objects.filter(programme=row).exists():
            raise Refused(f"{row.reference} is not on chain.", field="programme", rule="listed with its first series")
        _within(row.reference, wish, row.ceiling_minor, "ceiling_minor")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = self._programme(payload)
        before = ProgrammeCode.objects.get(programme=row).ceiling_micro // MICRO
        wish = _whole(payload, "ceiling_minor")
        return Preview(
            rows=[("Ceiling on chain", Money(before, row.currency).format(), Money(wish, row.currency).format())],
            warnings=[NOTICE],
        )

    def subject(self, payload: Payload) -> str:
        return f"programme:{self._programme(payload).reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = self._programme(payload)
        key = f"programme:{row.pk}:approval-{approval.pk}"
        programme_ceiling_change(programme=row, ceiling_minor=_whole(payload, "ceiling_minor"), key=key, now=now)

    def _programme(self, payload: Payload) -> Programme:
        return Programme.objects.get(pk=payload["programme"])


class SeriesCeilingChange(_Change):
    """Payload: {"token": id, "ceiling_units": whole number}. At most the ceiling of the series' terms."""

    name = "custody.tokenisation.SeriesCeilingChange"
    title = "Change a series' ceiling on chain"

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = self._token(payload)
        if row.state != TokenContract.State.LIVE:
            raise Refused(f"The token of {row.series.isin} is {row.state}.", field="token", rule="live")
        _within(row.series.isin, _whole(payload, "ceiling_units"), row.series.ceiling_units, "ceiling_units")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row, wish = self._token(payload), _whole(payload, "ceiling_units")
        terms = f"{row.series.ceiling_units:,} by its terms"
        return Preview(rows=[("Ceiling on chain, units", terms, f"{wish:,}")], warnings=[NOTICE])

    def subject(self, payload: Payload) -> str:
        return f"series:{self._token(payload).series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        row = self._token(payload)
        key = f"series:{row.pk}:approval-{approval.pk}"
        series_ceiling_change(token=row, ceiling_units=_whole(payload, "ceiling_units"), key=key, now=now)

    def _token(self, payload: Payload) -> TokenContract:
        return TokenContract.objects.select_related("series").get(pk=payload["token"])


class PowerWithdraw(_Change):
    """Payload: {"setting": id, "reason": text}. The guardian's key cancels what was announced and not yet executed."""

    name = "custody.tokenisation.PowerWithdraw"
    title = "Withdraw an announced power"

    def check(self, payload: Payload, *, now: datetime) -> None:
        row = self._setting(payload)
        if row.announcement_id is None or row.state not in WAITING:
            raise Refused(f"{row} cannot be withdrawn.", field="setting", rule="announced, not yet executed")
        if not str(payload.get("reason", "")).strip():
            raise Refused("Say why.", field="reason", rule="a reason is given")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        row = self._setting(payload)
        return Preview(rows=[(row.words, row.stage, "withdrawn")], warnings=[])

    def subject(self, payload: Payload) -> str:
        return f"setting:{self._setting(payload).pk}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        reason = str(payload["reason"]).strip()
        setting = self._setting(payload)
        power_withdraw(setting=setting, reason=reason, approval=f"approval-{approval.pk}", actor=actor, now=now)

    def _setting(self, payload: Payload) -> ChainSetting:
        return ChainSetting.objects.get(pk=payload["setting"])


def _whole(payload: Payload, name: str) -> int:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{name} is a whole number.", field=name, rule="whole number")
    return value


def _within(whose: str, wish: int, limit: int, field: str) -> None:
    if not 0 <= wish <= limit:
        raise Refused(
            f"{whose} has a ceiling of {limit:,}; the chain may not allow {wish:,}.",
            field=field,
            rule="the ceiling on chain is at most that of the database",
        )
