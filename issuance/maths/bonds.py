"""Bond arithmetic: dirty price from yield, yield from dirty price, and the sensitivities; Decimal in, Decimal out.

Prices are Decimal from end to end: twelve significant digits of a yield are beyond what doubles and QuantLib's solver
give. A solver in doubles only finds the neighbourhood of the yield, one Newton step in Decimal makes it exact.
"""

from __future__ import annotations

import math
from decimal import Decimal

from issuance.maths.bond_conventions import BondConvention, Stub
from issuance.maths.faults import Fault
from issuance.maths.flows import HUNDRED, Flows
from issuance.maths.rounding import EXACT

ONE = Decimal(1)
# Growth over one period that no market quotes: about -98 % and +20,000 %.
_LOWEST, _HIGHEST = -4.0, 5.3
_STEPS = 80
# Step of the central differences, in yield as a fraction: its square is far below any printed digit.
_STEP = Decimal("1e-10")


def dirty_price(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> Decimal:
    """Price with accrued interest at a yield in percent, unrounded; Fault where the yield leaves no discount factor."""
    rate = EXACT.divide(yield_pct, Decimal(100 * convention.frequency))
    growth = EXACT.add(ONE, rate)
    if growth <= 0:
        raise Fault("yield_pct", f"above {-100 * convention.frequency}")
    factor = EXACT.divide(ONE, growth)
    value = Decimal(0)
    for amount in reversed(flows.amounts):
        value = EXACT.fma(value, factor, amount)
    if not _simple(flows, convention):
        return EXACT.multiply(value, _power(factor, flows.stub))
    over = EXACT.fma(flows.stub, rate, ONE)
    if over <= 0:
        raise Fault("yield_pct", "leaves no positive price")
    return EXACT.divide(value, over)


def clean_price(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> Decimal:
    """Price without accrued interest at a yield in percent, unrounded."""
    return EXACT.subtract(dirty_price(flows, yield_pct, convention), flows.accrued)


def yield_of(flows: Flows, dirty: Decimal, convention: BondConvention) -> Decimal:
    """Yield in percent at a price with accrued interest, exact far beyond twelve digits; Fault if no market has it."""
    if not dirty.is_finite() or dirty <= 0:
        raise Fault("price", "above 0 with accrued interest")
    simple = _simple(flows, convention)
    near, slope = _neighbourhood(tuple(map(float, flows.amounts)), float(flows.stub), math.log(float(dirty)), simple)
    scale = Decimal(100 * convention.frequency)
    guess = EXACT.multiply(Decimal(repr(math.expm1(near))), scale)
    found = dirty_price(flows, guess, convention)
    # d ln(price) / d yield_pct = slope / growth / scale: one Newton step from an error of 1e-13 leaves 1e-25.
    steepness = EXACT.divide(Decimal(repr(slope / math.exp(near))), scale)
    return EXACT.subtract(guess, EXACT.divide(EXACT.subtract(EXACT.divide(found, dirty), ONE), steepness))


def modified_duration(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> Decimal:
    """Years: the relative fall of the dirty price for a rise of the yield, by central differences."""
    down, here, up = _around(flows, yield_pct, convention)
    return EXACT.divide(EXACT.subtract(down, up), EXACT.multiply(EXACT.multiply(Decimal(2), _STEP), here))


def convexity(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> Decimal:
    """Years squared: the relative curvature of the dirty price in the yield, by central differences."""
    down, here, up = _around(flows, yield_pct, convention)
    bend = EXACT.subtract(EXACT.add(down, up), EXACT.multiply(Decimal(2), here))
    return EXACT.divide(bend, EXACT.multiply(EXACT.multiply(_STEP, _STEP), here))


def macaulay_duration(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> Decimal:
    """Years: the average time to payment weighted by present value."""
    growth = EXACT.add(ONE, EXACT.divide(yield_pct, Decimal(100 * convention.frequency)))
    return EXACT.multiply(modified_duration(flows, yield_pct, convention), growth)


def _around(flows: Flows, yield_pct: Decimal, convention: BondConvention) -> tuple[Decimal, Decimal, Decimal]:
    step = EXACT.multiply(_STEP, HUNDRED)
    at = (EXACT.subtract(yield_pct, step), yield_pct, EXACT.add(yield_pct, step))
    down, here, up = (dirty_price(flows, rate, convention) for rate in at)
    return down, here, up


def _simple(flows: Flows, convention: BondConvention) -> bool:
    last = len(flows.amounts) == 1
    return convention.stub is Stub.SIMPLE or (convention.stub is Stub.SIMPLE_LAST and last)


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return base if exponent == 1 else EXACT.exp(EXACT.multiply(exponent, EXACT.ln(base)))


def _neighbourhood(amounts: tuple[float, ...], stub: float, target: float, simple: bool) -> tuple[float, float]:
    """Log growth per period at which ln(price) is `target`, and the slope there; Newton on a falling curve."""
    at = 0.05
    for _ in range(_STEPS):
        value, slope = _log_price(amounts, stub, at, simple)
        step = max(-1.0, min(1.0, (target - value) / slope))
        after = max(_LOWEST, min(_HIGHEST, at + step))
        if abs(after - at) < 1e-14 * max(1.0, abs(at)):
            break
        at = after
    value, slope = _log_price(amounts, stub, at, simple)
    if abs(value - target) > 1e-9:
        raise Fault("price", "a price whose yield a market would quote")
    return at, slope


def _log_price(amounts: tuple[float, ...], stub: float, at: float, simple: bool) -> tuple[float, float]:
    factor = math.exp(-at)
    value = change = 0.0
    for amount in reversed(amounts):
        change = change * factor + value
        value = value * factor + amount
    slope = -factor * change / value
    if simple:
        growth = math.exp(at)
        over = 1 - stub + stub * growth
        return math.log(value) - math.log(over), slope - stub * growth / over
    return math.log(value) - stub * at, slope - stub
