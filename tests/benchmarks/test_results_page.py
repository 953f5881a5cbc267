"""What the docs say of the accuracy is what the page of results shows."""

from __future__ import annotations

import re

import pytest

from tests.support.service import ROOT

PAGE = (ROOT / "docs" / "results" / "accuracy-results.md").read_text()
OURS = "**zero-shot "
OWN_ROW = "season length given"


def table(heading: str) -> list[dict[str, str]]:
    """Return the rows of the first table below a heading of the page, by their heads."""
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (text,) = (part for part in section if part.startswith(f"{heading}\n"))
    heads, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    )
    return [dict(zip(["name", *heads[1:]], row, strict=True)) for row in rows]


def published_ahead(heading: str) -> list[str]:
    """Return the published methods with a better relative MASE than our best row."""
    rows = [row for row in table(heading) if row["relative MASE"] != "–"]
    ours = min(float(row["relative MASE"]) for row in rows if row["name"].startswith(OURS))
    return [
        row["name"].removesuffix(", published")
        for row in rows
        if row["name"].endswith(", published") and float(row["relative MASE"]) < ours
    ]


def test_the_readme_names_every_published_method_that_is_ahead_on_average() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "more accurate than the published foundation models" in readme
    assert not published_ahead("Scores")
    for name in published_ahead("Rolling tasks"):
        assert name.lower() in readme.lower()


@pytest.mark.parametrize(
    ("line", "heading", "shown"),
    [
        ("five sets", "Scores", {"this service": OWN_ROW, "TiRex 1's server": "tirex, published"}),
        (
            "five rolling tasks",
            "Rolling tasks",
            {
                "this service": OWN_ROW,
                "Chronos-2": "chronos-2, published",
                "TiRex 1's server": "TiRex, published",
            },
        ),
    ],
)
def test_the_readmes_errors_are_those_of_the_page(
    line: str, heading: str, shown: dict[str, str]
) -> None:
    readme = (ROOT / "README.md").read_text()
    heads, cells = (
        re.search(rf"^\| {start}.*$", readme, re.MULTILINE)[0].split(" | ")[1:]  # type: ignore[index]
        for start in (r"\| this service", re.escape(f"error on [{line}]"))
    )
    found = {head: cell for head, cell in zip(heads, cells, strict=True) if re.match(r"\d", cell)}
    rows = {row["name"].partition("**, ")[2] or row["name"]: row for row in table(heading)}
    errors = {head: float(rows[name]["relative MASE"]) for head, name in shown.items()}
    assert found == {head: f"{error:.2f}" for head, error in errors.items()}


def test_autoets_scores_as_published_where_it_is_told_the_same() -> None:
    rows = {row["name"]: row for row in table("The check of the benchmark")}
    same = [name for name in rows if name.startswith("m1_")]
    for name in (*same, "hospital", "us_births_W", "us_births_M"):
        published, here = (float(rows[name][f"AutoETS {where}"]) for where in ("published", "here"))
        assert abs(published - here) <= 0.01, name


def test_rolling_tasks_lose_nothing_if_the_season_is_not_said() -> None:
    names = ("season length given", "season length not said")
    given, not_said = (
        next(row for row in table("Rolling tasks") if row["name"].endswith(f"**, {name}"))
        for name in names
    )
    assert given["relative MASE"] == not_said["relative MASE"]


def test_every_set_has_a_picture() -> None:
    names = [row["name"] for row in table("Against the others, set by set")]
    assert re.findall(r"!\[Forecasts of (\w+)\]\(../images/accuracy/\1\.png\)", PAGE) == names
