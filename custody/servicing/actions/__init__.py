"""What two persons decide about servicing."""

from custody.servicing.actions.account import BankAccountVerify
from custody.servicing.actions.burn import RedemptionApprove
from custody.servicing.actions.fallback import BankFallback, fallback_asked
from custody.servicing.actions.release import PaymentRelease
from custody.servicing.actions.tax import TaxReverse, TaxRuleSet, TaxStatusSet
from custody.servicing.actions.unclaimed import UnclaimedPay

__all__ = [
    "BankAccountVerify",
    "BankFallback",
    "PaymentRelease",
    "RedemptionApprove",
    "TaxReverse",
    "TaxRuleSet",
    "TaxStatusSet",
    "UnclaimedPay",
    "fallback_asked",
]
