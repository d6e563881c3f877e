"""A vault whose lists are taken in. Alone it has no effect: nothing lies there before its first list."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction

from custody.reserves.kinds import kind_of
from custody.reserves.models import Vault
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused


@transaction.atomic
def vault_open(
    *, code: str, name: str, party: Party, commodity: str, location: str, actor: User, now: datetime
) -> Vault:
    """Name a vault or terminal for one commodity (a measure of the kernel). Refused for a code that is taken."""
    require_power(actor, Power.VAULT_LIST_IMPORT)
    kind = kind_of(commodity)
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,19}", code):
        raise Refused("A code has 2 to 20 capital letters, digits or hyphens.", field="code", rule="vault code")
    for field, text in (("name", name), ("location", location)):
        if not text.strip() or len(text) > 200:
            raise Refused(f"Give the {field} in at most 200 characters.", field=field, rule="length")
    if Vault.objects.filter(code=code).exists():
        raise Refused(f"There is a vault {code} already.", field="code", rule="once")
    row = Vault.objects.create(
        code=code, name=name, party=party, commodity=kind.measure, location=location, opened_by=actor, opened_at=now
    )
    body = {"code": code, "party": party.reference, "commodity": commodity, "location": location}
    audit.record(actor=actor, action="vault.open", subject=f"vault:{row.pk}", body=body, now=now)
    return row
