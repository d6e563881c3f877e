"""Figures written exactly, exports, and the audit check that names the first altered row."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from tests.support.people import person
from tokenization.assurance.heads import kept_heads
from tokenization.identity.roles import Role
from tokenization.theme.figures import money, percent, plain, prose, short, units, when, words


def test_figures_are_written_exactly() -> None:
    assert units(123456789012345678901234567890) == "123,456,789,012,345,678,901,234,567,890"
    assert units(None) == "–"
    assert money(123456789, "PKR") == "PKR 1,234,567.89"
    assert money(-5, "PKR") == "-PKR 0.05"
    assert words("AWAITING_CASH") == "awaiting cash"
    assert short("0x" + "ab" * 32) == "0xababab…ababab"
    assert when(None) == "–"
    assert percent(Decimal("11.5000")) == "11.5000 %"


def test_sentences_of_the_records_are_written_for_people() -> None:
    address = "0x" + "ab" * 20
    said = prose(f"Redeem 483800 units of {address} on 2026-11-23 <b>")
    assert said == f'Redeem 483,800 units of <code title="{address}">0xababab…ababab</code> on 23 Nov 2026 &lt;b&gt;'
    assert plain("redemption:XXTEST000016") == "redemption XXTEST000016"
    assert plain("XXTEST000016-00000039 of 97.47630 at 09:30:14") == "XXTEST000016-00000039 of 97.47630 at 09:30:14"
    assert prose("") == "–"


@pytest.mark.django_db
def test_a_page_of_an_empty_platform_says_so(client: Client) -> None:
    client.force_login(person(Role.AUDITOR))
    assert "nothing can be said" in client.get("/assurance/").content.decode()
    export = client.get("/assurance/breaks.csv")
    assert export["Content-Type"] == "text/csv; charset=utf-8"
    assert export["Content-Disposition"] == 'attachment; filename="breaks.csv"'
    assert client.get("/assurance/runs/1/").status_code == 404
    assert client.get("/assurance/breaks/1/").status_code == 404


@pytest.mark.django_db
def test_an_investor_reads_no_export(client: Client) -> None:
    client.force_login(person(Role.INVESTOR))
    for path in ("/assurance/", "/assurance/runs.csv", "/assurance/breaks.csv", "/assurance/breaks/"):
        assert client.get(path).status_code == 403


@override_settings(SIGNER_ISSUER_URL="")
def test_without_a_signer_it_says_that_nothing_outside_was_compared() -> None:
    assert kept_heads() == ([], ["No signer is configured: the chain is only compared with itself."])


@override_settings(SIGNER_ISSUER_URL="http://127.0.0.1:9", SIGNER_ISSUER_TOKEN="none")
def test_a_signer_that_is_down_is_named_and_does_not_hide_the_check() -> None:
    heads, missing = kept_heads()
    assert heads == []
    assert missing[0].startswith("The issuer's signer did not give its audit heads")


@pytest.mark.django_db
@override_settings(SIGNER_ISSUER_URL="")
def test_verify_audit_passes_on_an_untouched_log(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    assert "each hash recomputed" in capsys.readouterr().out


@pytest.mark.django_db
def test_verify_audit_exits_1_and_names_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head kept outside says that entry 41 existed; this database has none: the first missing row is named."""
    monkeypatch.setattr(
        "tokenization.assurance.management.commands.verify_audit.kept_heads", lambda: ([(41, "0x" + "1" * 64)], [])
    )
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1
    assert "First altered row: 1." in str(refusal.value)
