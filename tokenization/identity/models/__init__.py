from tokenization.identity.models.approval import Approval, ApprovalItem
from tokenization.identity.models.audit import AuditEntry
from tokenization.identity.models.factor import FactorUse
from tokenization.identity.models.national_id import NationalId
from tokenization.identity.models.party import KycDecision, Party, PartyMember
from tokenization.identity.models.user import RoleGrant, User

__all__ = [
    "Approval",
    "ApprovalItem",
    "AuditEntry",
    "FactorUse",
    "KycDecision",
    "NationalId",
    "Party",
    "PartyMember",
    "RoleGrant",
    "User",
]
