"""Maker and checker. See README.md in this folder."""

from tokenization.identity.approvals.action import Action, ApprovalItemDraft, Payload, Preview, action_named
from tokenization.identity.approvals.services import (
    approval_approve,
    approval_preview,
    approval_propose,
    approval_reject,
    approval_withdraw,
    root,
)

__all__ = [
    "Action",
    "ApprovalItemDraft",
    "Payload",
    "Preview",
    "action_named",
    "approval_approve",
    "approval_preview",
    "approval_propose",
    "approval_reject",
    "approval_withdraw",
    "root",
]
