"""What is due to whom on a coupon or at maturity, the tax on it, how it was paid, and into which account."""

from custody.servicing.models.account import BankAccount
from custody.servicing.models.entitlement import Entitlement
from custody.servicing.models.event import Funding, ServicingEvent, servicing_machine
from custody.servicing.models.payment import Payment, ServicingCursor, payment_machine
from custody.servicing.models.tax import TaxReversal, TaxRule, TaxStatus

__all__ = [
    "BankAccount",
    "Entitlement",
    "Funding",
    "Payment",
    "ServicingCursor",
    "ServicingEvent",
    "TaxReversal",
    "TaxRule",
    "TaxStatus",
    "payment_machine",
    "servicing_machine",
]
