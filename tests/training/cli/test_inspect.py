"""`python -m training inspect`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.tiny_models import PASSENGERS
from training.cli.main import cli


def inspect(file: Path, *options: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["inspect", str(file), *options])
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    rows = "".join(
        f"{1949 + n // 12}-{n % 12 + 1:02};{value},5\n" for n, value in enumerate(PASSENGERS)
    )
    path = tmp_path / "sales.csv"
    path.write_text("Monat;Umsatz\n" + rows)
    return path


def test_a_file_is_described_as_it_is_read(sales: Path) -> None:
    said = inspect(sales)
    assert "delimiter ';', decimal ','" in said
    assert "column 'Monat': dates, read as the time" in said
    assert "column 'Umsatz': numbers, read as the target" in said
    assert "1 series, 0 of them cannot be read" in said
    assert "sales: 48 values; 1949-01-01T00:00:00 to 1952-12-01T00:00:00, frequency MS" in said
    assert "season of 12" in said


def test_a_series_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        "unique_id,ds,y\n"
        + "".join(f"a,2024-01-{day:02},{day}\n" for day in range(1, 11))
        + "b,2024-01-01,1\nb,2024-01-01,2\nb,2024-01-02,3\nb,2024-01-03,3\n"
    )
    said = inspect(path)
    assert "2 series, 1 of them cannot be read" in said
    assert "series 'b', line 13: " in said
    assert "2 series, 0 of them" in inspect(path, "--repair", '{"repeated": "sum"}')


def test_columns_are_described_even_if_it_is_unclear_which_are_meant(tmp_path: Path) -> None:
    path = tmp_path / "colors.csv"
    path.write_text("day,red,blue\n2024-01-01,1,5\n2024-01-02,2,4\n2024-01-03,3,3\n")
    result = CliRunner().invoke(cli, ["inspect", str(path)])
    assert result.exit_code == 2
    assert "column 'red': numbers" in result.output
    assert "--target-col" in result.output


def test_no_series_that_can_be_read_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "disorder.csv"
    path.write_text("ds,y\n2024-01-01,1\n2024-01-03,2\n2024-01-02,3\n2024-01-04,3\n")
    said = inspect(path, exit_code=1)
    assert "1 series, 1 of them cannot be read" in said
    assert "series 'disorder', line 4: " in said
    assert "--repair" in said
    assert "note: Values out of order were sorted by date." in inspect(path, "--repair", "true")


def test_a_file_whose_newest_row_comes_first_is_turned_around_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("ds,y\n" + "".join(f"2024-01-{day:02},{day}\n" for day in range(20, 0, -1)))
    said = inspect(path)
    assert "note: The newest value came first" in said
    assert "stock: 20 values; 2024-01-01T00:00:00 to 2024-01-20T00:00:00" in said


def test_a_file_that_is_none_is_an_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["inspect", str(tmp_path / "none.csv")])
    assert result.exit_code == 2
    assert "there is no such file" in result.output
