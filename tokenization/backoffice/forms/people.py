"""Forms of compliance: parties, identity checks, wallets on chain."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from custody.reconciliation.models import Mandate
from issuance.bid.models import DealerClient
from issuance.programme.models import Programme
from issuance.series.models import Series
from tokenization.backoffice.forms.base import Choice, day, reason
from tokenization.identity.models import KycDecision, Party, User
from tokenization.identity.national_ids.schemes import WRITINGS, Scheme, national_number
from tokenization.identity.roles import Role
from tokenization.kernel.errors import Refused


class PartyForm(forms.Form):
    reference = forms.CharField(label="Reference", max_length=40)
    name = forms.CharField(label="Name", max_length=200)
    kind = forms.ChoiceField(label="Kind", choices=Party.Kind.choices)
    category = forms.ChoiceField(label="Category", choices=Party.Category.choices)
    country = forms.CharField(
        label="Country", min_length=2, max_length=2, initial="PK", help_text="Two letters, ISO 3166"
    )

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class KycForm(forms.Form):
    party = Choice("Party", Party.objects.order_by("reference"))
    status = forms.ChoiceField(label="Decision", choices=KycDecision.Status.choices)
    valid_until = day("Approved until the end of")
    reason = reason("Reason, and the documents seen")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["valid_until"].required = False
        self.fields["valid_until"].help_text = "Only for an approval; in the time zone of the platform"

    def clean_valid_until(self) -> datetime | None:
        """The first instant after the chosen day."""
        chosen = self.cleaned_data["valid_until"]
        if chosen is None:
            return None
        return timezone.make_aware(datetime.combine(chosen + timedelta(days=1), time()))


class NationalIdForm(forms.Form):
    party = Choice("Person", Party.objects.filter(kind=Party.Kind.PERSON).order_by("reference"))
    number = forms.CharField(
        label="CNIC",
        max_length=20,
        help_text=f"{WRITINGS[Scheme.CNIC].shape[0].upper()}{WRITINGS[Scheme.CNIC].shape[1:]}",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    source = forms.CharField(label="How it was verified", max_length=200)

    def clean_number(self) -> str:
        try:
            return national_number(self.cleaned_data["number"], Scheme.CNIC)
        except Refused as error:
            raise forms.ValidationError(str(error)) from None


class WalletsForm(forms.Form):
    party = Choice(
        "Party",
        Party.objects.filter(wallet_holdings__valid_until=None, wallet_holdings__wallet__isnull=False)
        .distinct()
        .order_by("reference"),
        required=False,
        empty_label="Every proved wallet that is not on chain yet",
        help_text="Choose a party to bring the chain up to its latest identity check",
    )


class MandateForm(forms.Form):
    dealer = Choice("Dealer", Party.objects.order_by("reference"), help_text="It must bid directly in the auction")
    client = Choice("Client", Party.objects.order_by("reference"))
    valid_until = day("Until the end of")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["valid_until"].required = False
        self.fields["valid_until"].help_text = "Left empty: until it is ended"

    def clean_valid_until(self) -> datetime | None:
        """The first instant after the chosen day."""
        chosen = self.cleaned_data["valid_until"]
        return None if chosen is None else timezone.make_aware(datetime.combine(chosen + timedelta(days=1), time()))


class MandateEndForm(forms.Form):
    mandate = Choice(
        "Mandate",
        DealerClient.objects.filter(valid_until=None).select_related("dealer", "client"),
        lambda row: f"{row.dealer} for {row.client}",
    )
    reason = reason()


class FactorResetForm(forms.Form):
    user = Choice(
        "Person",
        User.objects.filter(is_active=True, authenticator__isnull=False).distinct().order_by("username"),
        lambda row: f"{row.get_full_name() or row.username}, {row.get_house_display()}",
    )
    reason = reason()


class SupervisorMandateForm(forms.Form):
    supervisor = Choice(
        "Supervisor",
        User.objects.filter(is_active=True, role_grants__role=Role.SUPERVISOR).order_by("username"),
        lambda row: row.get_full_name() or row.username,
    )
    scope = forms.ChoiceField(label="What he may see", choices=Mandate.Scope.choices)
    programme = Choice(
        "Programme", Programme.objects.order_by("reference"), required=False, help_text="Only for one programme"
    )
    series = Choice("Series", Series.objects.order_by("isin"), required=False, help_text="Only for one series")
    first_day = day("First day")
    last_day = day("Last day", "This day included")


class SupervisorMandateEndForm(forms.Form):
    mandate = Choice(
        "Mandate",
        Mandate.objects.filter(ending=None).select_related("supervisor", "programme", "series"),
        lambda row: f"{row.supervisor.get_full_name() or row.supervisor.username}: {row}",
    )
    reason = reason()
