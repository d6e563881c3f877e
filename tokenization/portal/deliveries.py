"""Bars or tanks for units: which can be delivered, what they cost in units, and the form that asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from custody.register.models import DisputeEntry, Position
from custody.reserves.kinds import KINDS, Form
from custody.reserves.models import PhysicalRedemption, VaultItem
from custody.reserves.selectors import items_deliverable, units_asked
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.identity.models import Party, User
from tokenization.portal.checking import seal_of, sealed
from tokenization.portal.filling import Filled
from tokenization.portal.selectors import wallets_of
from tokenization.theme.figures import money, short, units

_CHECKED = "portal.delivery.checked"
ITEMS = {Form.BAR: "bars", Form.TANK: "tanks"}
STATE = {
    "REQUESTED": lazy("Asked for, not yet approved"),
    "APPROVED": lazy("Approved"),
    "BURNING": lazy("Your units are being burned"),
    "BURNED": lazy("Your units are burned"),
    "RELEASE_ORDERED": lazy("The vault has its order"),
    "RELEASED": lazy("Handed out by the vault"),
    "FAILED": lazy("Given up: your units are in your wallet as before"),
    "CANCELLED": lazy("Taken back: your units are in your wallet as before"),
}
NEXT = {
    "REQUESTED": lazy("Two persons of the issuer approve it; until then you can take it back."),
    "APPROVED": lazy("Your units are burned."),
    "BURNING": lazy("Once the burn is final, the vault gets its release order by itself."),
    "BURNED": lazy("The vault gets its release order."),
    "RELEASE_ORDERED": lazy("Your collecting agent fetches the items with the order; the vault confirms it."),
    "RELEASED": lazy("Nothing more: the items are yours."),
    "FAILED": lazy("You may ask again."),
    "CANCELLED": lazy("You may ask again."),
}
TONE = {"RELEASED": "good", "FAILED": "bad", "CANCELLED": "plain"}


def items_word(token: TokenContract) -> str:
    """What backs the token, in the plural: bars or tanks."""
    return ITEMS[KINDS[token.currency].form]


@dataclass(frozen=True)
class Pouch:
    """Units of one token in one wallet; `free` of them can be given for items now."""

    party: Party
    wallet: Wallet
    token: TokenContract
    free: int

    @property
    def value(self) -> str:
        return str(self.wallet.pk)

    @property
    def label(self) -> str:
        return _("%(party_name)s, wallet %(wallet)s: %(units)s units are free") % {
            "party_name": self.party.name,
            "wallet": short(self.wallet.address),
            "units": units(self.free),
        }


@dataclass(frozen=True)
class Deliverable:
    """An item that makes whole units."""

    item: VaultItem
    units: int

    @property
    def weight(self) -> str:
        return money(self.item.fine_minor, self.item.vault.commodity)

    @property
    def label(self) -> str:
        return _("%(item)s in %(vault)s: %(weight)s, %(units)s units") % {
            "item": self.item.key,
            "vault": self.item.vault.code,
            "weight": self.weight,
            "units": units(self.units),
        }


def pouches_of(user: User, token: TokenContract) -> list[Pouch]:
    """The user's wallets that hold units of the token."""
    rows = list(wallets_of(user))
    held = dict(Position.objects.filter(token=token, units__gt=0).values_list("account", "units"))
    return [
        Pouch(row.party, row.wallet, token, _free(token, row.wallet, int(held[row.wallet.address])))
        for row in rows
        if row.wallet.address in held
    ]


def _free(token: TokenContract, wallet: Wallet, held: int) -> int:
    disputed = DisputeEntry.objects.filter(token=token, wallet=wallet.address).aggregate(total=Sum("units"))["total"]
    return max(held - int(disputed or 0) - units_asked(token, wallet), 0)


def deliverables(token: TokenContract) -> list[Deliverable]:
    """Behind the token, asked for by nobody, and worth a whole number of units."""
    backing = token.series.denomination_minor
    rows = items_deliverable(token)
    return [Deliverable(item, item.fine_minor // backing) for item in rows if item.fine_minor % backing == 0]


def asked_already(user: User, token: TokenContract, wallet: str, items: Sequence[str]) -> PhysicalRedemption | None:
    """The user's own request for these very items out of this wallet: a page sent twice leads to it."""
    rows = PhysicalRedemption.objects.filter(token=token, party__members__user=user, items__live=True).distinct()
    for row in rows.prefetch_related("items"):
        if str(row.wallet_id) == wallet and {str(one.item_id) for one in row.items.all()} == set(items):
            return row
    return None


class DeliveryForm(Filled):
    """`checked` is the seal of what was read back to this user, weights and all."""

    FIELDS = {"wallet": "pouch"}

    pouch = forms.ChoiceField(label=lazy("From"), widget=forms.RadioSelect)
    items = forms.MultipleChoiceField(label=lazy("Items"), widget=forms.CheckboxSelectMultiple)
    collector = forms.CharField(label=lazy("Collecting agent"), max_length=200)
    checked = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def __init__(
        self, user: User, pouches: Sequence[Pouch], choices: Sequence[Deliverable], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.pouches = {pouch.value: pouch for pouch in pouches}
        self.choices = {str(one.item.pk): one for one in choices}
        for name, labels in (
            ("pouch", [(value, pouch.label) for value, pouch in self.pouches.items()]),
            ("items", [(value, one.label) for value, one in self.choices.items()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 narrowed for the type checker
            field.choices = labels
        self.fields["collector"].help_text = _("Who fetches them, with the reference of his authority.")

    @property
    def from_(self) -> Pouch:
        return self.pouches[self.cleaned_data["pouch"]]

    @property
    def chosen(self) -> list[Deliverable]:
        return [self.choices[value] for value in sorted(self.cleaned_data["items"], key=int)]

    @property
    def needed(self) -> int:
        return sum(one.units for one in self.chosen)

    @property
    def seal(self) -> str:
        shown = {
            "user": self.user.pk,
            "pouch": self.from_.value,
            "items": [[one.item.pk, one.item.fine_minor, one.units] for one in self.chosen],
            "collector": self.cleaned_data["collector"],
        }
        return seal_of(_CHECKED, shown)

    @property
    def as_checked(self) -> bool:
        """Whether these very items, at these weights, were read back to this user."""
        return sealed(self.cleaned_data["checked"], self.seal)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "pouch" not in found or "items" not in found:
            return found
        vaults, needed, free = {one.item.vault_id for one in self.chosen}, self.needed, self.from_.free
        if len(vaults) > 1:
            self.add_error("items", _("They lie in several vaults. Ask for those of each vault on their own."))
        elif needed > free:
            said = {"needed": units(needed), "free": units(free)}
            self.add_error("items", _("%(needed)s units are needed, and this wallet has %(free)s free.") % said)
        return found

    def read_back(self) -> dict[str, Any]:
        """What is asked for, in words; the form that shows it carries its seal."""
        chosen, pouch = self.chosen, self.from_
        vault = chosen[0].item.vault
        fine = money(sum(one.item.fine_minor for one in chosen), vault.commodity)
        return {
            "seal": self.seal,
            "words": _("%(units)s units are burned for %(fine)s, which %(collector)s fetches from %(vault)s.")
            % {
                "units": units(self.needed),
                "fine": fine,
                "collector": self.cleaned_data["collector"],
                "vault": vault.name,
            },
            "facts": (
                (
                    _("Taken out of"),
                    _("%(party_name)s, wallet %(wallet_address)s")
                    % {"party_name": pouch.party.name, "wallet_address": pouch.wallet.address},
                ),
                (_("Free in it afterwards"), _("%(units)s units") % {"units": units(pouch.free - self.needed)}),
                *(
                    (one.item.key, _("%(weight)s, %(units)s units") % {"weight": one.weight, "units": units(one.units)})
                    for one in chosen
                ),
            ),
        }
