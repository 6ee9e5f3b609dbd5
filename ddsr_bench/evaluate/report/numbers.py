"""Numbers as the report prints them: three decimals, a true minus sign, a dash where there is no number."""

from __future__ import annotations

from collections.abc import Sequence

MISSING = "–"
_MINUS = "−"


def decimal(value: float | None, digits: int = 3) -> str:
    """Return ``0.532``, ``−0.012`` or ``–`` for None; what rounds to zero has no sign."""
    if value is None:
        return MISSING
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if float(text) == 0 else _MINUS + text[1:]
    return text


def amount(value: float | None) -> str:
    """Like :func:`decimal` for numbers with a unit: small ones keep three significant digits."""
    if value is None or abs(value) >= 0.01 or value == 0:
        return decimal(value)
    return f"{value:#.3g}".replace("-", _MINUS)


def interval(pair: Sequence[float | None] | None, small: bool = False) -> str:
    """Return ``[0.481, 0.579]``, or nothing where there is no interval; ``small`` numbers as :func:`amount`."""
    if pair is None or any(end is None for end in pair):
        return ""
    show = amount if small else decimal
    return f"[{show(pair[0])}, {show(pair[1])}]"


def p_value(p: float | None) -> str:
    """Return ``<0.001``, ``0.023`` or ``–``."""
    if p is None:
        return MISSING
    return "<0.001" if p < 0.001 else decimal(p)


def count(number: int) -> str:
    """Return whole numbers, with commas from 10,000 on."""
    return f"{number:,}" if abs(number) >= 10_000 else str(number)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return ``1 video`` or ``1155 videos``."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Return ``95 %`` for 0.95, ``99.5 %`` for 0.995."""
    return f"{100 * share:.4g} %"
