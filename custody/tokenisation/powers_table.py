"""The table of powers in contracts/README.md: `python -m custody.tokenisation.powers_table` writes it from the plan."""

from __future__ import annotations

from pathlib import Path

from custody.tokenisation import plan
from custody.tokenisation.plan import Holding

README = Path(__file__).resolve().parents[2] / "contracts" / "README.md"
BEGIN = "<!-- powers: begin (written by custody.tokenisation.powers_table) -->"
END = "<!-- powers: end -->"


def duration(seconds: int) -> str:
    if not seconds:
        return "0"
    days, rest = divmod(seconds, plan.DAY)
    if rest:
        return f"{seconds:,} s"
    return "1 day" if days == 1 else f"{days} days"


def table() -> str:
    """Every power, then the roles that open no function of ours: by their signature alone, or to nobody."""
    lines = ["| target | function | role | delay | guardian | who |", "|---|---|---|---|---|---|"]
    for power in plan.POWERS:
        functions = ", ".join(f"`{name}`" for name in power.functions)
        lines.append(f"| {_target(power.target)} | {functions} | {_terms(plan.holding(power.role))} |")
    wired = {power.role for power in plan.POWERS}
    lines += [f"| - | - | {_terms(row)} |" for row in plan.HOLDINGS if row.role not in wired]
    return "\n".join(lines)


def _target(name: str) -> str:
    return f"{plan.ARTIFACTS[name]} (cash)" if name in ("CASH_CONTROLLER", "CASH_ENGINE") else plan.ARTIFACTS[name]


def _terms(row: Holding) -> str:
    who = row.words
    if row.grant_delay:
        who += f" (a grant counts after {duration(row.grant_delay)})"
    guardian = row.guardian.name if row.guardian else "-"
    return f"{row.role.name} {int(row.role)} | {duration(row.delay)} | {guardian} | {who}"


def written(text: str) -> str:
    """The README with the table of now."""
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
