"""Numbers with currencies, and numbers below zero, as people write them."""

import math

import pyarrow as pa
import pytest

from forecasting.errors import SeriesError
from forecasting.tables.cells.decimal_sign import NumberStyle
from forecasting.tables.cells.numbers import looks_like_numbers, to_numbers
from forecasting.tables.table_content import CellPlaces


def read(*texts: str) -> list[float]:
    column = pa.chunked_array([list(texts)])
    assert looks_like_numbers(column)
    numbers, _ = to_numbers(column, "y", NumberStyle(), CellPlaces())
    return [float(number) for number in numbers.to_pylist()]


@pytest.mark.parametrize(
    "sign", ["$", "€", "₺", "R$", "US$", "CA$", "EUR", "USD", "kr", "kr.", "zł", "Kč", "Ft"]
)
def test_a_currency_that_all_have_is_left_out(sign: str) -> None:
    assert read(f"{sign}5.50", f"{sign} 6", f"-{sign}7", f"{sign} -8") == [5.5, 6, -7, -8]
    assert read(f"5.50{sign}", f"6 {sign}", f"-7 {sign}", f"({sign}8)") == [5.5, 6, -7, -8]


@pytest.mark.parametrize("dash", ["-", "–"])
def test_a_currency_with_a_dash_is_nought_and_a_dash_alone_is_missing(dash: str) -> None:
    first, second, third, fourth = read(f"$ {dash}", "$ 5.50", f"{dash} $", dash)
    assert (first, second, third) == (0, 5.5, 0)
    assert math.isnan(fourth)


@pytest.mark.parametrize("texts", [("$100", "€200"), ("$100", "US$200"), ("100 kr", "5 zł")])
def test_different_currencies_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(SeriesError, match="another currency"):
        read(*texts)


def test_a_text_with_a_currency_that_is_no_number_is_no_other_currency() -> None:
    with pytest.raises(SeriesError, match=r"row 4 .* '\$ five' is not a number"):
        read("$1", "$2", "$3", "$4", "$ five", "$6")


@pytest.mark.parametrize("five", ["-5", "–5", "—5", "−5", "(5)", "5-", "5.0-", "5−"])
def test_a_number_below_nought_may_be_written_in_many_ways(five: str) -> None:
    assert read(five, "6", "1,234.50-") == [-5, 6, -1234.5]


@pytest.mark.parametrize("text", ["5,-", "--5", "(-5)", "5 -", "5-6", "-5-", "(5)-"])
def test_other_dashes_are_no_minus(text: str) -> None:
    with pytest.raises(SeriesError, match="is not a number"):
        read("1.5", "2", "3", "4", text)
