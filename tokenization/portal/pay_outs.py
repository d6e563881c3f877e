"""Settlement cash back into money at a bank: from which wallets, how much, and the form that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from custody.cash.selectors import burns_asked, free_units
from custody.servicing.selectors import account_of
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.identity.models import Party, User
from tokenization.portal.checking import seal_of, sealed
from tokenization.portal.filling import Filled, minor_typed
from tokenization.portal.selectors import wallets_of
from tokenization.theme.figures import money, short

STATE = {
    "REQUESTED": lazy("Asked for: two persons approve it"),
    "BURNING": lazy("Approved: the tokens are being taken out of your wallet"),
    "BURNED": lazy("The tokens are gone: your bank is paid next"),
    "PAID": lazy("Paid to your account"),
    "FAILED": lazy("Given up: the tokens are in your wallet as before"),
    "CANCELLED": lazy("Taken back: the tokens are in your wallet as before"),
}
_CHECKED = "portal.pay-out.checked"
TONE = {"PAID": "good", "FAILED": "bad", "CANCELLED": "plain"}


@dataclass(frozen=True)
class Purse:
    """Cash of one currency in one wallet; `free_minor` can be asked for now."""

    party: Party
    wallet: Wallet
    token: TokenContract
    free_minor: int

    @property
    def value(self) -> str:
        return f"{self.wallet.pk}:{self.token.pk}"

    @property
    def label(self) -> str:
        return _("%(party_name)s, wallet %(wallet)s: %(amount)s") % {
            "party_name": self.party.name,
            "wallet": short(self.wallet.address),
            "amount": money(self.free_minor, self.token.currency),
        }

    def verified(self, now: datetime) -> str:
        """The holder's verified account in this currency, empty when there is none."""
        account = account_of(self.party, now)
        return account.iban if account and account.currency == self.token.currency else ""


def purses_of(user: User) -> list[Purse]:
    """Every wallet with every cash token, also those that hold nothing now."""
    tokens = list(TokenContract.objects.filter(purpose=TokenContract.Purpose.CASH, state="LIVE").order_by("currency"))
    return [
        Purse(row.party, row.wallet, token, free_units(token, row.wallet))
        for row in wallets_of(user)
        for token in tokens
    ]


class PayOutForm(Filled):
    """`purses` is where it may come from. `nth` names the pay-out that was read back: sent twice it is asked once.
    `checked` is the seal of what was read back to this user."""

    FIELDS = {"amount_minor": "amount", "wallet": "purse", "currency": "purse"}

    purse = forms.ChoiceField(label=lazy("From"), widget=forms.RadioSelect)
    amount = forms.CharField(label=lazy("Amount"), max_length=40)
    payee = forms.CharField(label=lazy("Account to be paid (IBAN)"), max_length=64)
    nth = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    checked = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(self, user: User, purses: Sequence[Purse], now: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.purses = {
            purse.value: purse for purse in purses if purse.free_minor or purse.value == self.data.get("purse")
        }
        accounts = {purse.verified(now) for purse in self.purses.values()}
        self.initial["payee"] = accounts.pop() if len(accounts) == 1 else ""
        choices = self.fields["purse"]
        assert isinstance(choices, forms.ChoiceField)  # noqa: S101 narrowed for the type checker
        choices.choices = [(value, purse.label) for value, purse in self.purses.items()]
        self.fields["amount"].help_text = _("Commas are welcome.")
        self.fields["payee"].help_text = _("In the name of the holder. Capitals without spaces.")

    @property
    def chosen(self) -> Purse:
        return self.purses[self.cleaned_data["purse"]]

    @property
    def as_checked(self) -> bool:
        """Whether this very pay-out was read back to this user."""
        return self._as_checked(self.cleaned_data)

    def _as_checked(self, found: dict[str, Any]) -> bool:
        whole = found.get("nth") is not None and "payee" in found
        return whole and sealed(found.get("checked", ""), self._seal(found, found["nth"]))

    def _seal(self, found: dict[str, Any], nth: int) -> str:
        shown = {"user": self.user.pk, "nth": nth, **{name: found[name] for name in ("purse", "amount_minor", "payee")}}
        return seal_of(_CHECKED, shown)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "purse" not in found or "amount" not in found:
            return found
        purse = self.chosen
        try:
            found["amount_minor"] = minor_typed(found["amount"], purse.token.currency)
        except forms.ValidationError as error:
            self.add_error("amount", error)
        else:
            # What was asked for already is looked up by the service, which knows a page sent twice.
            if not self._as_checked(found) and not 0 < found["amount_minor"] <= purse.free_minor:
                self.add_error(
                    "amount",
                    _("This wallet has %(amount)s to give.")
                    % {"amount": money(purse.free_minor, purse.token.currency)},
                )
        return found

    def read_back(self, now: datetime) -> dict[str, Any]:
        """What is asked for, in words; the form that shows it carries which pay-out it is, and its seal."""
        purse, said = self.chosen, self.cleaned_data
        verified, nth = purse.verified(now), burns_asked(purse.wallet) + 1
        return {
            "nth": nth,
            "seal": self._seal(said, nth),
            "words": _("%(amount)s is paid to %(payee)s.")
            % {"amount": money(said["amount_minor"], purse.token.currency), "payee": said["payee"]},
            "facts": (
                (
                    _("Taken out of"),
                    _("%(party_name)s, wallet %(wallet_address)s")
                    % {"party_name": purse.party.name, "wallet_address": purse.wallet.address},
                ),
                (_("Left in it"), money(purse.free_minor - said["amount_minor"], purse.token.currency)),
            ),
            "warning": "" if said["payee"].strip() == verified else _not_verified(verified),
        }


def _not_verified(verified: str) -> str:
    if verified:
        return _("Your verified account is %(verified)s. Whoever approves this will look closely at another one.") % {
            "verified": verified
        }
    return _("You have no verified account. Whoever approves this will look closely at the one you name.")
