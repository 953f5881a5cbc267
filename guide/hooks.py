"""What the build does besides MkDocs: parts made from code, links out of docs/, script files."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from guide.generated import fill
from guide.links import FROM_ROOT, ROOT, move_links
from guide.scripts import ScriptFiles

_SCRIPTS = ScriptFiles()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out the pages that need to know the site's address, which is wherever it is served."""
    config.theme.static_templates -= {"404.html", "sitemap.xml"}
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files of the project that are part of the site, but lie elsewhere."""
    for name, page in FROM_ROOT.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text()))
    icon = ROOT / "app" / "page" / "built" / "icon.svg"
    files.append(File.generated(config, "images/icon.svg", content=icon.read_bytes()))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Put in what is generated, and let links lead to where their targets are on the site."""
    return move_links(fill(markdown), page.file.src_uri)


def on_post_page(output: str, *, page: Page, **_: object) -> str:
    """Move the scripts of a page into files."""
    return _SCRIPTS.take_out(output, page.url)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write the scripts that were taken out of the pages."""
    _SCRIPTS.write(Path(config.site_dir))
