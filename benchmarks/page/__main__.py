"""`make bench-page` measures how soon the page shows a chart, and how long it holds up the browser.

Two files are dropped onto the page in a real browser: one series of 10,000 hourly values, and 1,000
series of 200 daily values. Of each, it prints the time from the drop to the first chart and to the
forecast on it, and the longest task of the browser's main thread (the browser reports those above
50 ms), while the file is opened and while its series are searched, chosen and backtested.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Page, sync_playwright

from benchmarks.serving.servers import ROOT, service

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PATIENCE_MS = 120_000
_WATCH = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({type: 'longtask'});
  const seen = (what) => document.querySelector(what) && performance.now() - window.dropped;
  document.getElementById('file').addEventListener('change', () => {
    window.dropped = performance.now();
  }, true);
  new MutationObserver(() => {
    window.chart ??= seen('.card:not(.blank) canvas') || undefined;
    window.forecast ??= seen('.key-band') || undefined;
  }).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="times that each file is dropped")
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("error: chromium is missing (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as name, service(ROOT / "model_store", Path(name)) as server:
        files = [write_long(Path(name)), write_many(Path(name))]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
            print("| file | first chart, ms | forecast, ms | longest task, ms | in use, ms |")
            print("| --- | --- | --- | --- | --- |")
            for file in files:
                measure(
                    browser.new_page(), server.url, file
                )  # the first drop starts the readers of tables
                found = [
                    measure(browser.new_page(), server.url, file) for _ in range(options.rounds)
                ]
                medians = [statistics.median(times) for times in list(zip(*found, strict=True))[:2]]
                longest = [max(times) for times in list(zip(*found, strict=True))[2:]]
                cells = " | ".join(f"{value:.0f}" for value in (*medians, *longest))
                print(f"| {file.stem} | {cells} |")
            browser.close()


def write_long(folder: Path) -> Path:
    """Write one series of 10,000 hourly values."""
    hours = np.arange(10_000)
    noise = np.random.default_rng(0).normal(size=hours.size)
    y = 100 + 20 * np.sin(2 * np.pi * hours / 24) + noise
    frame = pd.DataFrame({"ds": pd.date_range("2023-01-01", periods=hours.size, freq="h"), "y": y})
    return _write(frame, folder / "10,000 values.csv")


def write_many(folder: Path) -> Path:
    """Write 1,000 series of 200 daily values."""
    days = pd.date_range("2024-01-01", periods=200)
    y = np.random.default_rng(0).poisson(20 + 10 * (np.arange(200) % 7 > 4), (1_000, 200))
    frame = pd.DataFrame(
        {
            "shop": np.repeat([f"shop {n}" for n in range(1_000)], 200),
            "day": np.tile(days, 1_000),
            "sold": y.ravel(),
        }
    )
    return _write(frame, folder / "1,000 series.csv")


def measure(page: Page, url: str, file: Path) -> tuple[float, float, float, float]:
    """Drop a file; return ms until its chart, until its forecast, and of the longest tasks."""
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(url)
    page.wait_for_selector(".sample")
    page.evaluate(_WATCH)
    page.set_input_files("#file", file)
    page.wait_for_selector(".key-band")
    page.wait_for_selector(".progress", state="hidden")
    opened = longest_task(page)
    if page.locator(".picker").is_visible():
        page.fill("#search", "99")
        page.click(".tile >> nth=7")
    page.click("#tab-quality")
    page.wait_for_selector(".verdict")
    times: Any = page.evaluate("[window.chart ?? window.forecast, window.forecast]")
    used = longest_task(page)
    page.close()
    return times[0], times[1], opened, used


def longest_task(page: Page) -> float:
    """Return the ms of the longest task since the last call; 0 if none took longer than 50."""
    page.wait_for_timeout(300)
    longest: float = page.evaluate("Math.max(0, ...window.tasks.splice(0))")
    return longest


def _write(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False)
    return path


if __name__ == "__main__":
    main()
