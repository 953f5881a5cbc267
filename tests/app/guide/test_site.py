"""The site has every page, and its reference has all that the code has."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
import typer
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from app.settings.settings import Settings
from forecast_client import ForecastClient
from forecast_client.cli.main import cli as forecast_cli
from tests.support.service import ROOT
from training.cli.main import cli

pytestmark = pytest.mark.slow


class _Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, which names a function of its own."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
NAV = yaml.load((ROOT / "mkdocs.yml").read_text(), _Loader)["nav"]


def paths(node: object) -> list[str]:
    """Return the pages that are named below a part of the navigation."""
    match node:
        case str(path):
            return [path]
        case dict() as entries:
            return [path for entry in entries.values() for path in paths(entry)]
        case list() as entries:
            return [path for entry in entries for path in paths(entry)]
    raise AssertionError(node)


def html_of(site: Path, page: str) -> str:
    name = page.removesuffix(".md")
    return (site / ("" if name == "index" else name) / "index.html").read_text()


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_every_page_is_built_and_every_page_is_in_the_navigation(site: Path) -> None:
    pages = paths(NAV)
    for page in pages:
        assert "<h1" in html_of(site, page), page
    docs = {file.relative_to(ROOT / "docs").as_posix() for file in (ROOT / "docs").rglob("*.md")}
    assert docs | {"development/contributing.md", "development/changelog.md"} == set(pages)


def test_every_setting_is_there_with_its_default(site: Path) -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", html_of(site, "reference/settings.md"), re.DOTALL)
    cells = [[text_of(c) for c in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in rows]
    shown = {row[0]: row[1] for row in cells if row}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert shown == {
        f"FORECAST_{name.upper()}": "–" if default is None else str(default)
        for name, default in defaults.items()
    }


def test_every_operation_is_there(site: Path) -> None:
    headings = re.findall(r'<h3 id="([^"]+)"', html_of(site, "reference/operations.md"))
    expected = ("post-predict", "post-backtest", "post-train", "get-health", "put-modelsmodelal")
    for name in expected:
        assert any(heading.startswith(name) for heading in headings), (name, headings)


@pytest.mark.parametrize(
    ("commands", "prefix"), [(cli, "python -m training"), (forecast_cli, "forecast")]
)
def test_every_command_is_there(site: Path, commands: typer.Typer, prefix: str) -> None:
    text = text_of(html_of(site, "reference/commands.md"))
    group = get_command(commands)
    assert isinstance(group, TyperGroup)
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert (f"{prefix} {name}" in text) == (not command.hidden), name


def test_every_method_of_the_client_is_there(site: Path) -> None:
    text = text_of(html_of(site, "reference/client.md"))
    for name in vars(ForecastClient):
        assert name.startswith("_") or f"{name}(" in text, name


def test_no_script_and_no_style_stands_in_a_page(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        html = page.read_text()
        assert not re.search(r"<script(?![^>]* src=)(?! id=\"__config\")", html), page
        assert "<style" not in html, page
        assert " style=" not in html, page
        assert not re.search(r"\son\w+=\"", html), page


def test_links_to_files_that_are_not_on_the_site_are_texts(site: Path) -> None:
    assert 'href="../../app/settings/settings.py"' not in html_of(site, "reference/settings.md")
    contributing = html_of(site, "development/contributing.md")
    assert 'href="../../results/experiments/"' in contributing
