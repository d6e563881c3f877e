"""Who decides on what was proposed: what waits for one officer, what for others, and for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from tokenization.identity.approvals import action_named
from tokenization.identity.models import Approval, RoleGrant, User
from tokenization.identity.roles import HOUSES, MATRIX, Power, Role, powers_of

NAMED = 3


def why_not(approval: Approval, user: User, powers: frozenset[Power] | None = None) -> str:
    """Why this user may not decide on the approval, in words; empty when he may."""
    if approval.maker_id == user.pk:
        return "you asked for it yourself, and the second person must be somebody else."
    needed = action_named(approval.action).checker_power
    if needed not in (powers_of(user) if powers is None else powers):
        return f"your role does not include “{Power(needed).label.lower()}”."
    if approval.two_houses and approval.maker_house == user.house:
        return "it creates or removes supply, so the second person must be of another house than the first."
    return ""


def waiting(user: User, powers: frozenset[Power]) -> tuple[QuerySet[Approval], QuerySet[Approval]]:
    """Pending approvals, oldest first: those this user may decide on, and the others; the rule is that of `why_not`."""
    pending = Approval.objects.filter(state="PENDING").select_related("maker").order_by("made_at", "pk")
    names = Approval.objects.filter(state="PENDING").values_list("action", flat=True).distinct()
    within = [name for name in names if action_named(name).checker_power in powers]
    mine = Q(action__in=within) & ~Q(maker=user) & ~Q(two_houses=True, maker_house=user.house)
    return pending.filter(mine), pending.exclude(mine)


class Deciders:
    """Who may approve each of some proposals, in words: 'Debt office, checker: Ayesha Khan, Bilal Malik'."""

    def __init__(self, approvals: Iterable[Approval]) -> None:
        self.roles = {
            name: [role for role in Role if action_named(name).checker_power in MATRIX[role]]
            for name in {approval.action for approval in approvals}
        }
        wanted = {role for roles in self.roles.values() for role in roles}
        grants = RoleGrant.objects.filter(role__in=wanted, user__is_active=True).select_related("user")
        self.people: dict[str, list[User]] = defaultdict(list)
        for grant in grants.order_by("user__last_name", "user__first_name", "user__username"):
            self.people[grant.role].append(grant.user)

    def of(self, approval: Approval) -> str:
        """By role; a role of the maker's own house only is left out where two houses are needed."""
        barred = {approval.maker_house} if approval.two_houses else set()
        roles = [role for role in self.roles[approval.action] if HOUSES[role] - barred]
        return "; ".join(f"{role.label}: {self._names(role, approval)}" for role in roles)

    def _names(self, role: Role, approval: Approval) -> str:
        found = [user for user in self.people[role] if user.pk != approval.maker_id]
        if approval.two_houses:
            found = [user for user in found if user.house != approval.maker_house]
        names = [user.get_full_name() or user.username for user in found[:NAMED]]
        more = [f"{len(found) - NAMED} more"] if len(found) > NAMED else []
        return ", ".join(names + more) or "nobody has this role now"
