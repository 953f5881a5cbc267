"""The tables that the pages show are read as the pages say."""

import re
import shlex
from itertools import pairwise
from typing import Any

import pytest

from forecasting.tables.formats import CSV
from forecasting.tables.options import TableOptions
from forecasting.tables.reader import read_table
from tests.support.service import ROOT

PAGE = (ROOT / "docs" / "guides" / "your-data.md").read_text()
EXAMPLES = re.findall(r"```csv\n(.*?)```\n\n```sh\n(curl .*?)```(.*?)\n## ", PAGE, re.DOTALL)


def options_in(command: str) -> TableOptions:
    words = shlex.split(command)
    fields: dict[str, Any] = dict(
        after.split("=", 1) for flag, after in pairwise(words) if flag == "-F"
    )
    names = TableOptions.__dataclass_fields__
    return TableOptions(**{name: value for name, value in fields.items() if name in names})


def test_the_page_has_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(("text", "command", "rest"), EXAMPLES)
def test_a_table_of_the_page_is_read_with_the_notes_that_the_page_shows(
    text: str, command: str, rest: str
) -> None:
    quoted = re.findall(r"^> (.*)$", rest, re.MULTILINE)
    read = [read_table(text.encode(), CSV, options_in(command), 10**6)]
    if "layout" not in command:
        read.append(read_table(text.encode(), CSV, TableOptions(), 10**6))
    notes = [note.message for found in read for note in found.notes]
    assert quoted
    assert set(quoted) <= set(notes), notes


def test_the_page_lists_every_option() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(
        TableOptions.__dataclass_fields__
    )
