from tokenization.identity.models.approval import Approval, ApprovalItem
from tokenization.identity.models.audit import AuditEntry
from tokenization.identity.models.factor import FactorUse
from tokenization.identity.models.party import KycDecision, Party, PartyMember
from tokenization.identity.models.user import RoleGrant, User

__all__ = [
    "Approval",
    "ApprovalItem",
    "AuditEntry",
    "FactorUse",
    "KycDecision",
    "Party",
    "PartyMember",
    "RoleGrant",
    "User",
]
