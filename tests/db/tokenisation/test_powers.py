"""Powers on chain as rows: at once or announced, withdrawn by two; opaque codes, keys from outside, database guards."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.gateway import abi, calls
from contracts.gateway.roles import ISSUER_KEYS, ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent, Signer
from contracts.outbox.services.enqueue import signer_row
from custody.tokenisation.models import ChainCode, ChainContract, ChainSetting, OutsideKey, PartyCode
from custody.tokenisation.plan import DAY
from custody.tokenisation.selectors import contract_address, in_names
from custody.tokenisation.services import outside_key_enrol, power_use, power_withdraw, programme_ceiling_change
from custody.tokenisation.services.codes import chain_code
from custody.tokenisation.services.programme import programme_add
from tests.factories import issuance
from tests.factories import ledgerless as world
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
KEY = "0x" + "5e" * 20


@pytest.fixture
def office() -> issuance.Office:
    world.contracts_live()
    for number, name in enumerate(ISSUER_KEYS, start=1):
        Signer.objects.filter(pk=signer_row(name).pk).update(address=f"0x{number:040x}")
    return issuance.office()


def grant() -> calls.Call:
    return calls.grant_role(contract_address("ACCESS_MANAGER"), int(ChainRole.IDENTITY), KEY)


def announce(key: str = "k") -> ChainSetting:
    return power_use(key=key, words="a role", role=ChainRole.ADMIN, call=[grant()], now=NOW)


def test_a_power_without_delay_is_one_call_and_sent_once(office: issuance.Office) -> None:
    row = issuance.series(office)
    first = programme_add(programme=row.programme, now=NOW)
    assert programme_add(programme=row.programme, now=NOW) == first
    assert (first.announcement, first.intent.function, first.intent.signer.name) == (None, "addProgramme", "deployer")
    assert Intent.objects.count() == 1


def test_a_delayed_power_is_two_linked_intents_of_the_roles_key(office: issuance.Office) -> None:
    row = announce()
    assert announce() == row
    assert row.announcement is not None
    assert [i.signer.name for i in (row.announcement, row.intent)] == [ROLE_KEYS[ChainRole.ADMIN]] * 2
    assert (row.announcement.function, row.intent.function) == ("schedule", "execute")
    assert [a.prerequisite_id for a in row.intent.after.all()] == [row.announcement_id]
    assert row.intent.deadline is not None
    assert (row.intent.deadline - NOW).total_seconds() == 9 * DAY
    scheduled = abi.decode_call("AccessManager", bytes(row.announcement.data))
    executed = abi.decode_call("AccessManager", bytes(row.intent.data))
    wanted = (contract_address("ACCESS_MANAGER"), grant().data)
    assert (scheduled.args["target"], scheduled.args["data"], scheduled.args["when"]) == (*wanted, 0)
    assert (executed.args["target"], executed.args["data"]) == wanted
    assert row.stage == "sent"


def test_what_is_withdrawn_is_cancelled_here_and_by_the_guardian(office: issuance.Office) -> None:
    row, actor = announce(), world.officer("DEBT_CHECKER")
    done = power_withdraw(setting=row, reason="wrong key", approval="approval-1", actor=actor, now=NOW)
    row.intent.refresh_from_db()
    assert (row.intent.state, done.state, done.stage) == ("CANCELLED", "WITHDRAWN", "withdrawn")
    assert done.withdrawal is not None
    assert (done.withdrawal.signer.name, done.withdrawal.function) == ("guardian", "cancel")
    cancel = abi.decode_call("AccessManager", bytes(done.withdrawal.data))
    governor = Signer.objects.get(name="governor").address
    assert list(cancel.args.values()) == [governor, contract_address("ACCESS_MANAGER"), grant().data]
    before = Intent.objects.count()
    with pytest.raises(Refused):
        power_withdraw(setting=done, reason="again", approval="approval-2", actor=actor, now=NOW)
    assert Intent.objects.count() == before


def test_what_has_left_or_has_no_delay_cannot_be_withdrawn(office: issuance.Office) -> None:
    actor = world.officer("DEBT_CHECKER")
    at_once = programme_add(programme=issuance.series(office).programme, now=NOW)
    gone = announce()
    Intent.objects.filter(pk=gone.intent_id).update(state="NUMBERED")
    for row in (at_once, gone):
        with pytest.raises(Refused, match="cannot be withdrawn"):
            power_withdraw(setting=row, reason="x", approval="approval-1", actor=actor, now=NOW)
    assert Intent.objects.filter(signer__name="guardian").count() == 0


def test_the_chain_never_allows_more_than_the_programme(office: issuance.Office) -> None:
    programme = issuance.series(office).programme
    with pytest.raises(Refused, match="not on chain"):
        programme_ceiling_change(programme=programme, ceiling_minor=1, key="c", now=NOW)
    programme_add(programme=programme, now=NOW)
    for ceiling in (-1, programme.ceiling_minor + 1):
        with pytest.raises(Refused, match="may not allow more"):
            programme_ceiling_change(programme=programme, ceiling_minor=ceiling, key="c", now=NOW)
    row = programme_ceiling_change(programme=programme, ceiling_minor=5, key="c", now=NOW)
    assert row.announcement is not None
    assert row.intent.signer.name == "limits"
    assert row.words == f"Ceiling of {programme.reference}: 5 minor units"


def test_a_key_from_outside_is_in_the_wiring_or_announced_never_both(office: issuance.Office) -> None:
    early = outside_key_enrol(role=ChainRole.REGISTRAR, address=KEY.upper().replace("X", "x"), words="r", now=NOW)
    assert outside_key_enrol(role=ChainRole.REGISTRAR, address=KEY, words="r", now=NOW) == early
    assert (early.address, early.in_wiring, ChainSetting.objects.count()) == (KEY, True, 0)
    wiring = power_use(key="wiring", words="w", role=ChainRole.DEPLOYER, call=[grant()], now=NOW)
    late = outside_key_enrol(role=ChainRole.EXAMINER, address=KEY, words="an examiner", now=NOW)
    outside_key_enrol(role=ChainRole.EXAMINER, address=KEY, words="an examiner", now=NOW)
    assert late.in_wiring is False
    assert list(ChainSetting.objects.exclude(pk=wiring.pk).values_list("key", flat=True)) == [f"outside:EXAMINER:{KEY}"]
    with pytest.raises(Refused, match="not held by keys from outside"):
        outside_key_enrol(role=ChainRole.ISSUER, address=KEY, words="x", now=NOW)


def test_codes_are_drawn_once_fit_their_place_and_say_nothing(office: issuance.Office) -> None:
    first = chain_code(ChainCode.Kind.COUNTRY, "PK")
    assert chain_code(ChainCode.Kind.COUNTRY, "PK") == first
    categories = {chain_code(ChainCode.Kind.CATEGORY, f"C{n}") for n in range(255)}
    assert categories == set(range(1, 256))
    assert first != int.from_bytes(b"PK", "big") or ChainCode.objects.filter(kind="country").count() == 1


def test_reasons_name_series_wallets_and_codes_to_the_officer(office: issuance.Office) -> None:
    party = issuance.party(office)
    code = PartyCode.objects.create(party=party)
    country = chain_code(ChainCode.Kind.COUNTRY, "PK")
    text = f"holders from country code {country} are not admitted (investor {code.code}); {contract_address('ENGINE')}"
    assert in_names(text, now=NOW) == f"holders from PK are not admitted (investor {party.reference}); engine"
    assert in_names("nothing to name, country code 0", now=NOW) == "nothing to name, country code 0"
    unknown = "0x" + "99" * 20
    assert in_names(f"a {unknown} and 0x{'ab' * 32}", now=NOW) == f"a {unknown} and 0x{'ab' * 32}"


def test_the_database_itself_refuses(office: issuance.Office) -> None:
    row = announce()
    key = outside_key_enrol(role=ChainRole.EXAMINER, address=KEY, words="x", now=NOW)
    chain_code(ChainCode.Kind.COUNTRY, "PK")
    tries = {
        "chain_setting_state": ("UPDATE tokenisation_chainsetting SET state = 'DONE'", ()),
        "chain_setting_announced_from": ("UPDATE tokenisation_chainsetting SET state = 'ANNOUNCED'", ()),
        "outside_key_once": (
            "INSERT INTO tokenisation_outsidekey (role, address, in_wiring, enrolled_at) VALUES (%s, %s, true, now())",
            (key.role, KEY),
        ),
        "chain_code_one_per_value": (
            "INSERT INTO tokenisation_chaincode (kind, value, code) VALUES ('country', 'PK', 0 + 1)",
            (),
        ),
        "chain_code_once": (
            "INSERT INTO tokenisation_chaincode (kind, value, code) "
            "SELECT kind, 'XX', code FROM tokenisation_chaincode",
            (),
        ),
        "chain_code_fits": (
            "INSERT INTO tokenisation_chaincode (kind, value, code) VALUES ('category', 'BANK', 256)",
            (),
        ),
    }
    for name, (statement, values) in tries.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    assert ChainSetting.objects.get(pk=row.pk).state == "SENT"
    assert (OutsideKey.objects.count(), ChainCode.objects.count()) == (1, 1)
    assert ChainContract.objects.filter(state="LIVE").exists()
