"""An auditor's conclusion: his alone, in words, beside the run and never in it."""

from __future__ import annotations

from typing import Any

import pytest

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.conclusions.services import run_conclude
from custody.reconciliation.models import Run
from custody.reconciliation.services import replays
from tests.db.reconciliation.world import run
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books
from tokenization.documents.reconciliation import run_report
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
WORDS = "Supply is what the registrar immobilised, in all material respects."


def conclude(made: Run, **more: Any) -> Conclusion:
    values = {"opinion": "UNQUALIFIED", "words": f"  {WORDS} ", "actor": person("AUDITOR"), "now": NOW}
    return run_conclude(run=made, **values | more)


def state(made: Run) -> tuple[Any, ...]:
    tables = (made.equations, made.observations, made.in_flight, made.sightings)
    return (Run.objects.values().get(pk=made.pk), *(list(rows.values()) for rows in tables))


def test_it_stands_beside_the_run_and_changes_nothing_in_it(books: Books) -> None:
    made = run(books)
    before, report = state(made), run_report(made)
    auditor = person("AUDITOR")
    told = conclude(made, actor=auditor)
    assert (told.run, told.opinion, told.words, told.concluded_by, told.concluded_at) == (
        made, "UNQUALIFIED", WORDS, auditor, NOW,
    )  # fmt: skip
    assert (state(made), replays(made)) == (before, True)
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry is not None
    assert (entry.action, entry.subject, entry.actor_id) == (
        "reconciliation.conclude", f"token:{made.token_id}", auditor.pk,
    )  # fmt: skip
    after = run_report(made)
    assert after.grids[:-1] == report.grids
    assert (after.grids[-1].title, len(after.grids[-1].rows)) == ("Auditor's conclusion", 1)
    assert after.grids[-1].rows[0][:3] == ("unqualified", WORDS, auditor.username)


def test_a_second_thought_is_a_second_conclusion(books: Books) -> None:
    made = run(books)
    conclude(made)
    conclude(made, opinion="ADVERSE", words="On reflection: no.")
    assert list(made.conclusions.order_by("pk").values_list("opinion", flat=True)) == ["UNQUALIFIED", "ADVERSE"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR}))
def test_nobody_else_concludes(books: Books, role: Role) -> None:
    made = run(books)
    with pytest.raises(NotAllowed, match="conclude on a reconciliation"):
        conclude(made, actor=person(role))
    assert Conclusion.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"opinion": "FINE"}, "opinion"),
        ({"opinion": ""}, "opinion"),
        ({"words": " \n"}, "words"),
        ({"words": "x" * 2_001}, "words"),
    ],
)
def test_one_of_four_opinions_and_words(books: Books, more: dict[str, str], field: str) -> None:
    made = run(books)
    with pytest.raises(Refused) as caught:
        conclude(made, **more)
    assert (caught.value.field, Conclusion.objects.count()) == (field, 0)
