"""The page as it is served, and whether it is what web/ gives."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.service import ROOT, Service

BUILT = ROOT / "app" / "page" / "built"
WEB = ROOT / "web"


@pytest.fixture
def client(shipped: Service) -> Iterator[httpx.Client]:
    with shipped.client() as connected:
        yield connected


def test_the_root_is_the_page(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert 'href="docs"' in page.text
    assert client.head("/").status_code == 200
    for path in re.findall(r'(?:src|href)="(page/[^"]+)"', page.text):
        assert client.get(f"/{path}").status_code == 200, path


def test_the_page_leads_to_the_guide(client: httpx.Client) -> None:
    assert 'href="guide/"' in client.get("/").text
    guide = client.get("/guide/")
    assert guide.status_code == 200 or guide.json()["code"] == "guide_not_built"


def test_nothing_but_the_pages_own_files_may_run(client: httpx.Client) -> None:
    for path in ("/", "/page/page.js", "/page/worker.js"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    page = client.get("/").text
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


def test_a_file_comes_again_only_if_it_has_changed(client: httpx.Client) -> None:
    first = client.get("/page/page.js")
    again = client.get("/page/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize(
    "path", ["/page/absent.js", "/page/../endpoints.py", "/page/%2e%2e/files.py"]
)
def test_what_is_no_file_of_the_page_is_not_found(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_page_asks_no_other_host() -> None:
    for path in BUILT.rglob("*"):
        if path.suffix in {".js", ".css", ".html"}:
            hosts = set(re.findall(r"\bhttps?://[\w.-]+", path.read_text()))
            assert hosts <= {"http://www.w3.org", "https://github.com"}, path.name


def test_the_samples_are_the_projects_examples() -> None:
    samples = list((BUILT / "samples").glob("*.csv"))
    assert samples
    for sample in samples:
        assert sample.read_bytes() == (ROOT / "examples" / sample.name).read_bytes()


def test_the_page_was_built_from_these_sources() -> None:
    names = {"build.mjs", "icon.svg", "index.html", "package-lock.json", "tsconfig.json"}
    files = [file for folder in ("src", "style") for file in (WEB / folder).rglob("*")]
    names |= {file.relative_to(WEB).as_posix() for file in files if file.is_file()}
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + (WEB / name).read_bytes() + b"\0")
    built_from = (BUILT / "sources.sha256").read_text().strip()
    assert digest.hexdigest() == built_from, "run make page, and commit what it builds"


@pytest.mark.skipif(
    not (WEB / "node_modules" / "esbuild").exists(),
    reason="web/node_modules is not there: make page installs it, with Node",
)
def test_the_build_gives_the_same_files_again(tmp_path: Path) -> None:
    subprocess.run(["node", "build.mjs", str(tmp_path)], cwd=WEB, check=True)
    again = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*.*")}
    assert again == {file.relative_to(BUILT): file.read_bytes() for file in BUILT.rglob("*.*")}


def test_the_lock_file_of_the_page_names_no_registry() -> None:
    text = (WEB / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity"' in text
