"""Files become forecasts on the page, in a real browser."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.access.keys import add_key
from app.access.scopes import Scope
from tests.app.page.conftest import Visit, visiting
from tests.support.service import ROOT, Service

Drop = Callable[[Page, str, str | bytes], None]

GERMAN = "Monat;Nord;Süd\n" + "".join(
    f"01.{month % 12 + 1:02}.{2020 + month // 12};{1000 + 90 * (month % 12)},50;{month}\n"
    for month in range(48)
)
REPEATED = "ds,y\n" + "".join(f"2024-01-{day:02},{day % 7}\n" for day in [*range(1, 29), 28])


def wait_for_forecast(page: Page, steps: int) -> None:
    expect(page.locator("#said")).to_contain_text(f"Forecast of {steps} steps")


def test_a_sample_is_forecast_with_one_click_and_options_change_it_at_once(visit: Visit) -> None:
    page = visit()
    page.click("[data-sample=airline_passengers]")
    wait_for_forecast(page, 12)
    expect(page.locator("#about")).to_contain_text("144 months, nothing missing")
    page.fill("#horizon", "24")
    wait_for_forecast(page, 24)
    page.click("text=95%")
    expect(page.locator(".legend")).to_contain_text("95% band")
    page.click("#tab-values")
    rows = page.locator(".numbers tbody tr")
    expect(rows).to_have_count(24)
    expect(rows.first).to_contain_text("Jan 1961")
    assert "horizon=24&levels=80,95" in page.url

    shared = visit(page.url.removeprefix(page.evaluate("location.origin")))
    wait_for_forecast(shared, 24)
    expect(shared.locator(".numbers tbody tr")).to_have_count(24)
    assert shared.locator(".numbers").inner_text() == page.locator(".numbers").inner_text()


def test_the_code_that_is_shown_gives_what_the_page_shows(visit: Visit) -> None:
    page = visit("/#/forecast?sample=shops&series=Köln&horizon=3&tab=code")
    wait_for_forecast(page, 3)
    expect(page.locator(".card h2")).to_have_text("Köln")
    curl, python, command = (page.locator("pre").nth(place).inner_text() for place in range(3))
    page.click("#tab-values")
    first = page.locator(".numbers tbody tr").first.locator("td").first.inner_text()
    shown = pytest.approx(float(first.replace(",", "")), rel=1e-4)

    def point(run: list[str]) -> float:
        """Return the first value that a program forecasts for Köln."""
        done = subprocess.run(
            run,
            cwd=ROOT / "examples",
            env=os.environ | {"PYTHONPATH": str(ROOT / "client" / "src")},
            capture_output=True,
            text=True,
            check=True,
        )
        (found,) = (one for one in json.loads(done.stdout)["forecasts"] if one["id"] == "Köln")
        return float(found["point"][0])

    if shutil.which("curl") is not None:
        assert point(["curl", "-sf", *words_of(curl)]) == shown
    by_command = [sys.executable, "-m", "forecast_client", *words_of(command), "-f", "json"]
    assert point(by_command) == shown
    as_json = 'json.dumps({"forecasts": [vars(one) for one in forecast]}, default=vars)'
    lines = python.replace("print(forecast.frame)", f"import json\nprint({as_json})")
    assert point([sys.executable, "-c", lines]) == shown


def words_of(command: str) -> list[str]:
    """Return the arguments of a command, without its name."""
    return shlex.split(command.replace("\\\n", " "))[1:]


def test_a_file_whose_columns_are_unclear_is_settled_on_the_page(visit: Visit, drop: Drop) -> None:
    page = visit()
    drop(page, "regionen.csv", GERMAN)
    expect(page.locator(".panel .problem")).to_contain_text("Nord")
    offered = ["Forecast Nord", "Forecast Süd", "All: each column is a series"]
    expect(page.locator(".suggestion")).to_have_text(offered)
    page.select_option("select[aria-label='What Nord is']", "target")
    wait_for_forecast(page, 12)
    expect(page.locator("#about")).to_contain_text("48 months")
    assert "target_col=Nord" in page.url
    expect(page.locator(".notes").last).to_contain_text("Others can be chosen below")

    page.select_option("select[aria-label='What Süd is']", "target too")
    expect(page.locator(".tile-name")).to_have_text(["Nord", "Süd"])
    expect(page.locator("select[aria-label='What Nord is']")).to_have_value("target")
    assert "target_cols=Nord,S%C3%BCd" in page.url
    expect(page.locator(".card .notes")).to_contain_text("forecast by itself")
    page.select_option("select[aria-label='What Nord is']", "")
    expect(page.locator(".picker")).to_be_hidden()
    assert "target_col=S%C3%BCd" in page.url


def test_a_broken_file_shows_the_place_and_is_repaired(visit: Visit, drop: Drop) -> None:
    page = visit()
    drop(page, "repeated.csv", REPEATED)
    problem = page.locator(".panel .problem")
    expect(problem).to_contain_text("timestamp")
    expect(problem.locator(".wrong")).to_have_text("2024-01-28,0")
    expect(problem.locator("mark")).to_have_text("2024-01-28")
    expect(problem).to_contain_text("or repair the dates below")
    page.click("#repair")
    wait_for_forecast(page, 7)
    expect(page.locator(".panel .notes").first).to_contain_text("last")


def test_a_mistake_is_shown_beside_its_control(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers", expect_complaints=True)
    wait_for_forecast(page, 12)
    page.fill("#horizon", "1000000")
    control = page.locator("[data-option=horizon]")
    expect(control.locator(".wrong-note")).to_contain_text("10000")
    expect(control.locator("#horizon")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".problem")).to_have_count(0)
    page.fill("#horizon", "6")
    wait_for_forecast(page, 6)
    expect(control.locator(".wrong-note")).to_be_empty()


def test_what_is_no_table_is_refused_in_words(visit: Visit, drop: Drop) -> None:
    page = visit(expect_complaints=True)
    drop(page, "picture.png", (ROOT / "docs" / "images" / "sine.png").read_bytes())
    expect(page.locator(".problem").first).to_contain_text("is an image")
    page.click("#leave")
    expect(page.locator("h1")).to_have_text("Drop a file, see its future.")


def test_pasted_numbers_are_forecast(visit: Visit) -> None:
    page = visit()
    page.click("summary")
    page.fill("#pasted", "3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8, 10")
    page.click("text=Forecast what I pasted")
    wait_for_forecast(page, 12)
    expect(page.locator("#about")).to_contain_text("12 steps")


def test_how_good_it_is_is_said_in_words(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers&tab=quality")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("3 forecasts of 12 months")
    expect(verdict).to_contain_text("the values of a year before")
    said = verdict.inner_text()
    off, naive = map(float, re.findall(r"off by ([\d.]+)%", said, re.IGNORECASE))
    (theta,) = map(float, re.findall(r"method, by ([\d.]+)%", said))
    assert 1 < off < naive < 20
    assert "closer than repeating them" in said
    assert ("further off than Theta" in said) == (off > 1.02 * theta)
    expect(page.locator(".scores tbody tr")).to_have_count(3)
    best = "The model" if off < theta else "Theta"
    expect(page.locator(".scores tbody b")).to_contain_text(best)
    expect(page.locator(".legend")).to_contain_text("then and now")
    page.fill("#windows", "5")
    expect(verdict).to_contain_text("5 forecasts of 12 months")


def test_what_else_is_known_is_drawn_below(visit: Visit, drop: Drop) -> None:
    sales = [*(n % 7 for n in range(28)), *[""] * 3]
    rows = (f"2024-01-{day:02},{sold},{day % 5}\n" for day, sold in enumerate(sales, start=1))
    page = visit()
    drop(page, "prices.csv", "day,sales,price\n" + "".join(rows))
    wait_for_forecast(page, 3)
    expect(page.locator(".strip")).to_have_text("price 0 to 4")
    expect(page.locator("select[aria-label='What price is']")).to_have_value("covariate")
    assert "covariates=price&horizon=3" in page.url


def test_what_is_known_after_the_last_values_is_used_at_once_and_taken_back(visit: Visit) -> None:
    page = visit()
    page.set_input_files("#file", ROOT / "examples" / "sales.csv")
    wait_for_forecast(page, 14)
    expect(page.locator(".ahead")).to_contain_text("promo is known for the 14 days after")
    assert "covariates=promo&horizon=14" in page.url
    page.click("#tab-values")
    expect(page.locator(".numbers tbody tr").first).to_contain_text("5 May 2025")

    page.click("#not-ahead")
    wait_for_forecast(page, 7)
    expect(page.locator(".problem")).to_contain_text("The last 14 steps have no value")
    expect(page.locator(".suggestion")).to_have_text(["promo is known there"])
    expect(page.locator(".numbers tbody tr").first).to_contain_text("19 May 2025")
    page.click(".suggestion")
    wait_for_forecast(page, 14)
    expect(page.locator(".ahead, .problem")).to_have_count(0)


def test_what_the_service_notes_of_a_forecast_is_said_below_its_chart(
    visit: Visit, drop: Drop
) -> None:
    rows = (f"{n * n % 11},{n * 7919 % 13}\n" for n in range(84))
    page = visit("/#/forecast?file=noise.csv&covariates=z&target_col=y&season_length=60")
    drop(page, "noise.csv", "y,z\n" + "".join(rows))
    wait_for_forecast(page, 12)
    notes = page.locator(".card .notes")
    expect(notes).to_contain_text("The season of 60 steps was not used")
    expect(notes).to_contain_text("without covariates")


def test_why_a_forecast_is_what_it_is_is_shown(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers&tab=why&horizon=6")
    parts = page.locator(".parts li")
    expect(parts.last).to_contain_text("the forecast")
    said = parts.all_inner_texts()
    names = ["Level", "Season", "Season", "The rest", "Together"]
    assert [text.partition(":")[0] for text in said] == names
    assert "trading days" in said[2]
    expect(page.locator(".panel")).to_contain_text("depends most on the values from")


def test_a_planted_value_is_found_to_be_unusual(visit: Visit, drop: Drop) -> None:
    values = [(10 + day % 7) * (3 if day == 100 else 1) for day in range(140)]
    page = visit("/#/forecast?file=planted.csv&tab=unusual&last=60")
    expect(page.locator(".hint")).to_contain_text("planted.csv")
    drop(page, "planted.csv", "y\n" + "\n".join(map(str, values)))
    expect(page.locator(".verdict")).to_contain_text("not to be expected")
    expect(page.locator(".numbers tbody tr").last).to_contain_text("36")


def test_the_way_back_leads_to_the_start_and_forward_to_the_view(visit: Visit) -> None:
    page = visit()
    page.click("[data-sample=bikes]")
    wait_for_forecast(page, 24)
    page.fill("#horizon", "5")
    wait_for_forecast(page, 5)
    page.click("text=Models")
    expect(page.locator("h1")).to_have_text("Models")
    page.go_back()
    wait_for_forecast(page, 5)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Drop a file, see its future.")


def test_what_is_seen_is_downloaded(visit: Visit, tmp_path: Path) -> None:
    page = visit("/#/forecast?sample=airline_passengers")
    wait_for_forecast(page, 12)
    for label, start in (
        ("CSV", b'"unique_id","ds","point"'),
        ("Parquet", b"PAR1"),
        ("PNG", b"\x89PNG"),
    ):
        with page.expect_download() as saved:
            page.click(f".downloads >> text={label}")
        file = tmp_path / saved.value.suggested_filename
        saved.value.save_as(file)
        assert file.read_bytes().startswith(start), label


def test_a_thousand_series_are_searched_and_looked_at(visit: Visit, drop: Drop) -> None:
    rows = (
        f"shop {n},2024-01-{day:02},{(n * day) % 17 + day % 7}\n"
        for n in range(1000)
        for day in range(1, 29)
    )
    page = visit()
    drop(page, "many.csv", "shop,ds,y\n" + "".join(rows))
    page.click(".suggestion")
    wait_for_forecast(page, 7)
    expect(page.locator(".picker")).to_contain_text("1,000 series")
    assert page.locator(".tile").count() < 200
    page.fill("#search", "shop 99")
    expect(page.locator(".tile")).to_have_count(11)
    page.click(".tile >> text=shop 997")
    expect(page.locator(".card h2")).to_have_text("shop 997")
    assert "series=shop+997" in page.url


def test_a_key_is_asked_for_and_a_service_that_stops_in_the_middle_waited_for(
    browser: Browser, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    key = add_key(keys, "me", [Scope.PREDICT], "")
    service = Service(ROOT / "model_store", tmp_path, {"FORECAST_API_KEYS_FILE": str(keys)})
    with service, visiting(browser, service) as visit:
        page = visit("/#/forecast?sample=airline_passengers", expect_complaints=True)
        expect(page.locator(".progress")).to_be_hidden()
        expect(page.locator(".problem")).to_contain_text("asks for a key")
        page.fill("#key", key)
        page.click("text=Use this key")
        wait_for_forecast(page, 12)
        expect(page.locator("#model option").first).to_be_attached()
        service.kill()
        page.fill("#horizon", "7")
        expect(page.locator(".problem.waits")).to_contain_text("cannot be reached")
        service.start()
        wait_for_forecast(page, 7)
        expect(page.locator(".problem")).to_have_count(0)


def test_a_busy_service_is_asked_again(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers", expect_complaints=True)
    wait_for_forecast(page, 12)
    busy = {
        "status": 503,
        "headers": {"retry-after": "1"},
        "content_type": "application/problem+json",
        "body": '{"status": 503, "title": "Service Unavailable", "code": "overloaded", "detail": '
        '"Too many forecasts are waiting. Try again in 1 s.", "errors": []}',
    }
    page.context.route("**/predict", lambda route: route.fulfill(**busy), times=1)
    page.fill("#horizon", "9")
    expect(page.locator(".problem.waits")).to_contain_text("The service is busy")
    wait_for_forecast(page, 9)
