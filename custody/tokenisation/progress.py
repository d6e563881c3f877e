"""How far the contracts and the tokens are on their way to the chain, counted from intents, settings and states."""

from __future__ import annotations

from contracts.outbox.models import Intent, IntentState
from contracts.outbox.models.intent import IN_FLIGHT
from custody.tokenisation import plan
from custody.tokenisation.models import ChainContract, ChainSetting, ChainState, TokenContract
from custody.tokenisation.services.cash import listing_key
from custody.tokenisation.services.deployment import WIRING
from custody.tokenisation.services.outcome import Outcome, intent_result
from custody.tokenisation.services.reserves import reserve_key
from tokenization.kernel.progress import Step, Work

S = IntentState
WAITS: dict[str, str] = {
    S.QUEUED: "its turn at the signer",
    S.NUMBERED: "its signature",
    S.SIGNED: "to be sent to the network",
    S.BROADCAST: "a block that takes it",
    S.MINED: "its block to become final",
    S.STUCK: "a person: it does not get into a block",
}
CODE = "its code to be compared with what was compiled"


def sent_step(title: str, intent: Intent) -> Step:
    """A step that is one transaction: done once it is final."""
    result, moved = intent_result(intent), intent.moves.order_by("-pk").first()
    since = moved.at if moved else intent.created_at
    if result.outcome is Outcome.DONE:
        return Step(title, "DONE", since=since)
    if result.outcome is Outcome.FAILED:
        return Step(title, "FAILED", result.reason or intent.get_state_display(), since)
    mined = (S.MINED, S.FINAL)
    if intent.state == S.QUEUED and intent.after.exclude(prerequisite__state__in=mined).exists():
        return Step(title, "LATER", "what comes before it", since)
    waits = WAITS.get(intent.state, str(intent.get_state_display()))
    return Step(title, "NOW", f"{waits}: {intent.reason}" if intent.reason else waits, since)


def _setting_steps(row: ChainSetting | None, title: str) -> list[Step]:
    """One step, or, where the power has a delay, its announcement and its execution."""
    if row is None:
        return [Step(title, "LATER", "what comes before it")]
    if row.announcement is None:
        return [sent_step(title, row.intent)]
    announced = sent_step(f"{title}: announced", row.announcement)
    name = f"{title}: in force"
    if row.state == "WITHDRAWN":
        return [announced, Step(name, "FAILED", "withdrawn by two persons", announced.since)]
    executed = sent_step(name, row.intent)
    if executed.stage == "NOW" and row.executable_from is not None and row.intent.state not in IN_FLIGHT:
        executed = Step(name, "NOW", row.stage, announced.since)
    return [announced, executed]


def token_work(token: TokenContract) -> Work:
    """From the ceiling of its programme to the token whose code was compared; cash is accepted as such at the end."""
    keys = [f"cash:{token.currency}:programme"] if token.is_cash else [f"programme:{token.series.programme_id}"]
    titles = ["Ceiling of the programme"]
    if not token.is_cash and token.series.is_reserve:
        keys.append(reserve_key(token.series.isin))
        titles.append("Reserve opened")
    rows = {row.key: row for row in _settings([*keys, listing_key(token.currency)])}
    steps = [step for key, title in zip(keys, titles, strict=True) for step in _setting_steps(rows.get(key), title)]
    steps += _created(token)
    if token.is_cash:
        steps += _setting_steps(rows.get(listing_key(token.currency)), "Accepted as cash")
    return Work(f"{token.code}, {token.name}", steps)


def _created(token: TokenContract) -> list[Step]:
    title, checked = "Token created", "Token live"
    if token.intent is None:
        return [Step(title, "LATER", "what comes before it"), Step(checked, "LATER", "the step before")]
    made = sent_step(title, token.intent)
    if token.state in ("LIVE", "CLOSED"):
        return [made, Step(checked, "DONE", since=made.since)]
    if made.stage == "DONE":
        return [made, Step(checked, "NOW", CODE, made.since)]
    return [made, Step(checked, "LATER", "the step before")]


def _settings(keys: list[str]) -> list[ChainSetting]:
    return list(ChainSetting.objects.filter(key__in=keys).select_related("intent", "announcement"))


def tokens_under_way() -> list[TokenContract]:
    """Tokens that are not live yet, and cash that is live and not accepted yet; the newest first."""
    rows = TokenContract.objects.select_related("series__programme", "intent").order_by("-pk")
    cash = {row.currency: row for row in rows.filter(purpose=TokenContract.Purpose.CASH, state="LIVE")}
    listed = ChainSetting.objects.filter(key__in=[listing_key(name) for name in cash], state__in=("LIVE", "WITHDRAWN"))
    known = set(listed.values_list("key", flat=True))
    waiting = [row for name, row in cash.items() if listing_key(name) not in known]
    return [*rows.filter(state__in=("PLANNED", "SENT")), *waiting]


def deployment_work() -> Work:
    """Every contract of the plan, then the wiring."""
    rows = {row.name: row for row in ChainContract.objects.select_related("intent")}
    steps = [_contract_step(step, rows.get(step.name)) for step in plan.STEPS]
    wiring = ChainSetting.objects.filter(key=WIRING).select_related("intent").first()
    whole = all(step.stage == "DONE" for step in steps)
    return Work("The contracts of the platform", [*steps, _wiring_step(wiring, whole)])


def _contract_step(planned: plan.Step, row: ChainContract | None) -> Step:
    title = planned.name.replace("_", " ").capitalize()
    if row is not None and row.state == ChainState.LIVE:
        return Step(title, "DONE", since=row.verified_at)
    if row is None or row.intent is None:
        return Step(title, "LATER", "the contracts that it is built with" if planned.arguments else "its turn")
    made = sent_step(title, row.intent)
    return Step(title, "NOW", CODE, made.since) if made.stage == "DONE" else made


def _wiring_step(row: ChainSetting | None, whole: bool) -> Step:
    title = "Roles of functions and keys"
    if row is None:
        if whole:
            return Step(title, "NOW", "the keys of the registrar and others from outside")
        return Step(title, "LATER", "every contract")
    made = sent_step(title, row.intent)
    if row.state == "LIVE" or made.stage != "DONE":
        return made
    return Step(title, "NOW", "to be compared with the plan", made.since)
