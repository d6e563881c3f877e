"""Tokens: told once, kept as a hash, revoked for ever; a token opens the interface and nothing else."""

from __future__ import annotations

import io
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.api.calling import STRANGER, WALL, Caller, caller
from tests.support.controls import guard_is_what_refuses
from tests.support.database import TestCluster
from tests.support.people import person
from tokenization.api.models import ApiToken
from tokenization.api.tokens import token_make, token_revoke
from tokenization.identity.actors import system_user
from tokenization.identity.models import AuditEntry, User
from tokenization.identity.roles import Role
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import NotAllowed, Refused
from tokenization.local.postgres import OWNER


@pytest.mark.django_db
class TestUse:
    def test_a_token_opens_what_its_user_may(self) -> None:
        assert caller(person(Role.INVESTOR)).get("auctions").status == 200
        assert caller(person()).get("auctions").status == 403

    def test_a_stranger_is_told_how_to_sign_in(self) -> None:
        said = STRANGER.get("auctions")
        assert (said.status, said.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert said.headers["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize("secret", ["tkapi_", "tkapi_" + "x" * 43, "x" * 49, "tkapi_" + "é" * 43])
    def test_another_text_opens_nothing(self, secret: str) -> None:
        caller(person(Role.INVESTOR))
        said = Caller(None, secret).get("auctions")
        assert said.status == 401
        assert secret not in str(said.body)

    def test_revoked_expired_or_of_somebody_who_left_it_opens_nothing(self) -> None:
        revoked, left = caller(person(Role.INVESTOR)), caller(person(Role.INVESTOR))
        old = caller(person(Role.INVESTOR), wall=WALL - timedelta(days=31))
        assert revoked.token is not None
        assert left.user is not None
        token_revoke(token=revoked.token, actor=revoked.token.user, now=WALL, wall=WALL)
        User.objects.filter(pk=left.user.pk).update(is_active=False)
        assert [who.get("auctions").status for who in (revoked, left, old)] == [401, 401, 401]

    def test_it_opens_no_page(self) -> None:
        who = caller(person(Role.INVESTOR))
        answer = Client().get("/portal/", HTTP_AUTHORIZATION=f"Bearer {who.secret}")
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/portal/")

    def test_a_session_works_too_and_needs_its_csrf_token_to_write(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person(Role.INVESTOR))
        assert client.get("/api/v1/auctions").status_code == 200
        assert client.post("/api/v1/auctions").status_code == 403


@pytest.mark.django_db
class TestMaking:
    def test_the_secret_is_kept_nowhere(self) -> None:
        who = caller(person(Role.INVESTOR))
        token = ApiToken.objects.get()
        assert token.secret_hash == sha256_hex(who.secret)
        assert len(who.secret) == 49
        kept = str(list(ApiToken.objects.values())) + str(list(AuditEntry.objects.values()))
        assert who.secret not in kept
        assert "api.token_make" in kept

    def test_nobody_makes_or_revokes_one_for_another(self) -> None:
        user, other = person(Role.INVESTOR), person(Role.OPERATOR)
        with pytest.raises(NotAllowed, match="by the one who uses it"):
            token_make(user=user, name="x", valid_for=timedelta(1), may_write=True, actor=other, now=WALL, wall=WALL)
        token = caller(user).token
        assert token is not None
        with pytest.raises(NotAllowed):
            token_revoke(token=token, actor=other, now=WALL, wall=WALL)
        assert ApiToken.objects.get().revoked_at is None

    @pytest.mark.parametrize("days", [0, -1, 367])
    def test_it_ends_within_a_year(self, days: int) -> None:
        user = person(Role.INVESTOR)
        with pytest.raises(Refused) as caught:
            token_make(user=user, name="x", valid_for=timedelta(days), may_write=True, actor=user, now=WALL, wall=WALL)
        assert caught.value.field == "days"
        assert not ApiToken.objects.exists()

    def test_the_command_makes_lists_and_revokes(self) -> None:
        user, out, aside = person(Role.INVESTOR), io.StringIO(), io.StringIO()
        call_command("api_token", "make", user.username, "--name", "desk", "--read-only", stdout=out, stderr=aside)
        secret = out.getvalue().strip()
        token = ApiToken.objects.get()
        assert (token.user, token.may_write, token.made_by) == (user, False, system_user())
        assert token.valid_until - token.made_at == timedelta(days=90)
        assert Caller(user, secret).get("auctions").status == 200
        listed = io.StringIO()
        call_command("api_token", "list", user.username, stdout=listed)
        assert "desk" in listed.getvalue()
        assert secret not in listed.getvalue() + aside.getvalue()
        call_command("api_token", "revoke", str(token.pk), stdout=io.StringIO())
        assert Caller(user, secret).get("auctions").status == 401
        with pytest.raises(CommandError, match="does not exist"):
            call_command("api_token", "revoke", "999999")


def test_the_database_lets_a_token_end_once_and_change_nothing_else(fresh_db: str, postgres: TestCluster) -> None:
    token = caller(person(Role.INVESTOR)).token
    assert token is not None
    token_revoke(token=token, actor=token.user, now=WALL, wall=WALL)
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as owner:
        for change in (
            "revoked_at = NULL",
            "may_write = NOT may_write",
            "valid_until = valid_until + interval '1 day'",
        ):
            guard_is_what_refuses(
                owner,
                table="api_apitoken",
                guard="api_token_revoked_once",
                statement=f"UPDATE api_apitoken SET {change}",
                words="changes nothing but its end",
            )
