"""Makes sales.csv: three shops that do not exist, with promotions and the weather beside them.

`python examples/make_sales.py > examples/sales.csv` writes the same file each time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_START = date(2024, 1, 1)
_DAYS = 490
_AHEAD = 14
"""Days of which only the promotions are known."""
_WEEK = (0.86, 0.84, 0.9, 0.96, 1.16, 1.34, 0.94)
_WEATHER = {"sun": 1.05, "cloud": 1.0, "rain": 0.88}


@dataclass(frozen=True)
class Shop:
    """A shop: its level of sales, how it grows, and what promotions do to it."""

    name: str
    level: float
    growth: float
    lift: float
    visits_per_sale: float


_SHOPS = (
    Shop("Centre", 142, 0.10, 0.42, 3.1),
    Shop("Harbour", 87, 0.24, 0.31, 2.6),
    Shop("Station", 205, -0.05, 0.18, 4.4),
)


def rows() -> Iterator[str]:
    """Yield the lines of the file."""
    chance = random.Random(2024)  # noqa: S311  nothing secret
    weather = [chance.choices(list(_WEATHER), (4, 4, 3))[0] for _ in range(_DAYS)]
    yield "date,shop,sales,visits,promo,weather"
    for shop in _SHOPS:
        promoted = _promoted_days(chance)
        noise = 0.0
        for n in range(_DAYS + _AHEAD):
            day = _START + timedelta(days=n)
            promo = "yes" if n in promoted else "no"
            if n >= _DAYS:
                yield f"{day},{shop.name},,,{promo},"
                continue
            noise = 0.3 * noise + chance.gauss(0, 0.055)
            year = 1 + 0.08 * math.sin(2 * math.pi * (n - 100) / 365.25)
            visits = shop.level * shop.visits_per_sale * year * (1 + shop.growth * n / 365)
            visits *= _WEEK[day.weekday()] * _WEATHER[weather[n]] * math.exp(noise)
            bought = (1 + shop.lift * (n in promoted)) / shop.visits_per_sale
            sales = visits * bought * math.exp(chance.gauss(0, 0.035))
            yield f"{day},{shop.name},{sales:.0f},{visits:.0f},{promo},{weather[n]}"


def _promoted_days(chance: random.Random) -> set[int]:
    """Draw promotions of three to five days, two to five weeks apart, one of them ahead."""
    found: set[int] = set()
    start = chance.randint(5, 20)
    while start < _DAYS:
        found.update(range(start, start + chance.randint(3, 5)))
        start += chance.randint(14, 35)
    found.update(range(_DAYS + 3, _DAYS + 6))
    return found


if __name__ == "__main__":
    print("\n".join(rows()))
