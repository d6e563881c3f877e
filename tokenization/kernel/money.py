"""Money in minor units of one currency, or a quantity of one commodity, which adds up as money does.

There is no float on any path: a float is refused where it enters.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES

# No amount is that long. A larger exponent is refused before its power of ten is built, which could take for ever.
_LARGEST_EXPONENT = 1_000
# ISO 4217, minor unit digits. Codes that are not here are refused rather than guessed.
_TWO_DIGITS = (
    "AED AUD BDT BRL CAD CHF CNY CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR KES KZT LKR MAD MXN MYR NGN NOK NPR NZD "
    "PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD TZS UAH USD UZS XCD ZAR ZMW"
)
_NO_DIGITS = "CLP ISK JPY KRW PYG RWF UGX VND XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
MINOR_DIGITS: dict[str, int] = {
    **dict.fromkeys(_TWO_DIGITS.split(), 2),
    **dict.fromkeys(_NO_DIGITS.split(), 0),
    **dict.fromkeys(_THREE_DIGITS.split(), 3),
}


def minor_digits(currency: str) -> int:
    """Digits after the decimal point: 2 for PKR, 0 for JPY, 3 for XAU. Refused for a code we do not know."""
    if currency in MEASURES:
        return MEASURES[currency].digits
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise Refused(
            f"{currency!r} is not a currency this platform knows.", field="currency", rule="ISO 4217"
        ) from None


def check_currency(code: str, *, field: str = "currency") -> None:
    """Refused unless `code` is money: nobody pays in ounces or barrels."""
    if code in MEASURES:
        words = f"{code} counts {MEASURES[code].unit}s: it is no currency to pay in."
        raise Refused(words, field=field, rule="a currency", next_step="Name a currency, PKR for example.")
    minor_digits(code)


@dataclass(frozen=True)
class Money:
    """An exact amount: `minor` counts the smallest unit (paisa, cent, thousandth of an ounce); it may be negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise Refused(
                f"An amount is a whole number of minor units, not {self.minor!r}.", field="amount", rule="integers only"
            )
        minor_digits(self.currency)

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str) -> Money:
        """From an amount in major units ("1250.50"). Refused when more precise than the currency, or a float."""
        if isinstance(amount, bool | float) or not isinstance(amount, Decimal | str | int):
            raise Refused(f"{amount!r} is not an exact amount.", field="amount", rule="no floats")
        try:
            number = Decimal(amount)
            if number.is_finite() and abs(int(number.as_tuple().exponent)) > _LARGEST_EXPONENT:
                raise ValueError(amount)
            # A Fraction is exact at any size; Decimal arithmetic would round to its context's 28 digits.
            scaled = Fraction(number) * 10 ** minor_digits(currency)
        except (ArithmeticError, ValueError):
            raise Refused(f"{amount!r} is not an amount.", field="amount", rule="decimal number") from None
        if scaled.denominator != 1:
            raise Refused(f"{amount} has more decimals than {currency} allows.", field="amount", rule="minor units")
        return cls(scaled.numerator, currency)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise Refused(
                f"{self.currency} and {other.currency} cannot be added or compared.",
                field="currency",
                rule="one currency",
            )
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def amount(self) -> Decimal:
        """In major units, with exactly the currency's digits."""
        return Decimal(f"{self.minor}E-{minor_digits(self.currency)}")

    def format(self) -> str:
        """As people read it: "PKR 1,234,567.89", "-PKR 0.05", "12.345 fine troy ounces"."""
        if self.currency in MEASURES:
            return MEASURES[self.currency].words(self.minor)
        digits = minor_digits(self.currency)
        whole, part = divmod(abs(self.minor), 10**digits)
        text = f"{whole:,}.{part:0{digits}d}" if digits else f"{whole:,}"
        return f"{'-' if self.minor < 0 else ''}{self.currency} {text}"

    def __str__(self) -> str:
        return self.format()
