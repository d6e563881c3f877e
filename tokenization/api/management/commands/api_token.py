from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokenization.api.models import ApiToken
from tokenization.api.tokens import token_make, token_revoke
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError


class Command(BaseCommand):
    help = "Make, list and revoke the tokens with which a user's programs speak to the interface."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        make = actions.add_parser("make", help="the secret is printed once and can never be seen again")
        make.add_argument("user")
        make.add_argument("--name", required=True, help="the program that will use it")
        make.add_argument("--days", type=int, default=90)
        make.add_argument("--read-only", action="store_true")
        actions.add_parser("list").add_argument("user")
        actions.add_parser("revoke").add_argument("token", type=int, help="its number, as listed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except (User.DoesNotExist, ApiToken.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        except PlatformError as error:
            raise CommandError(str(error)) from error

    def _make(self, options: dict[str, Any]) -> None:
        token, secret = token_make(
            user=User.objects.get(username=options["user"]),
            name=options["name"],
            valid_for=timedelta(days=options["days"]),
            may_write=not options["read_only"],
            actor=system_user(),
            now=clock.now(),
            wall=clock.WallClock().now(),
        )
        self.stderr.write(f"token {token.pk} of {token.user}, until {token.valid_until:%Y-%m-%d}. Shown once:")
        self.stdout.write(secret)

    def _list(self, options: dict[str, Any]) -> None:
        for token in ApiToken.objects.filter(user=User.objects.get(username=options["user"])):
            kind = "writes" if token.may_write else "reads"
            state = "revoked" if token.revoked_at else f"until {token.valid_until:%Y-%m-%d}"
            self.stdout.write(f"{token.pk:>6}  {kind:<6}  {state:<18}  {token.name}")

    def _revoke(self, options: dict[str, Any]) -> None:
        token = ApiToken.objects.select_related("user").get(pk=options["token"])
        token_revoke(token=token, actor=system_user(), now=clock.now(), wall=clock.WallClock().now())
        self.stdout.write(f"token {token.pk} opens nothing from now on")
