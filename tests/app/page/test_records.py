"""Models and jobs on the page."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.app.page.conftest import Visit
from tests.support.service import Service
from tests.support.training_jobs import train, wait_for_end


def test_a_version_is_put_in_use_and_rolled_back(visit: Visit, shipped: Service) -> None:
    with shipped.client() as client:
        before = client.get("/models/zero-shot").json()["aliases"]["production"]
    page = visit("/#/models")
    page.click("text=zero-shot")
    expect(page.locator("section").first).to_contain_text("in use")
    page.click("#promote-1")
    expect(page.locator("main > .row")).to_contain_text("Version 1 is in use")
    with shipped.client() as client:
        (alias,) = client.get("/models/zero-shot/aliases").json()["aliases"]
        assert alias["version"] == 1
    page.click("#rollback")
    expect(page.locator("main > .row")).to_contain_text(f"Version {before} is in use")
    page.click("text=The same as code")
    shown = ["-X PUT", "client.promote", f"forecast models promote zero-shot {before}"]
    expect(page.locator(".snippets pre")).to_contain_text(shown)


def test_a_training_is_started_followed_and_cancelled(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers&tab=train&horizon=6")
    page.wait_for_selector("#train-recipe option[value=lstm]", state="attached")
    page.fill("#train-model", "passengers-of-mine")
    page.select_option("#train-recipe", "lstm")
    page.click("text=The same as code")
    expect(page.locator("pre").last).to_contain_text("--model passengers-of-mine")
    page.click("#train")
    expect(page.locator("h1")).to_have_text("Training of passengers-of-mine")
    expect(page.locator("main .badge")).to_have_text(re.compile("queued|running"))
    page.click("text=The same as code")
    expect(page.locator(".snippets pre").last).to_contain_text("forecast jobs follow")
    page.click("#cancel")
    expect(page.locator("main .badge")).to_have_text("cancelled")
    page.goto(page.url.partition("#")[0] + "#/jobs")
    expect(page.locator(".cards")).to_contain_text("passengers-of-mine")


def test_a_bulk_job_shows_what_it_has_written(visit: Visit, shipped: Service, tables: Path) -> None:
    rows = [f"{name},2024-01-{day:02},{day % 7}" for name in "ab" for day in range(1, 31)]
    (tables / "sales.csv").write_text("\n".join(["unique_id,ds,y", *rows, "c,2024-01-01,none"]))
    output = tables / "ahead.csv"
    asked = {"input": str(tables / "sales.csv"), "output": str(output), "horizon": 7}
    with shipped.client() as client:
        started = client.post("/bulk", json=asked | {"model": "sine"})
        assert started.status_code == 202, started.text
        wait_for_end(client, started.headers["location"])
    page = visit(f"/#{started.headers['location']}")
    expect(page.locator("h1")).to_have_text("Bulk job with sine")
    for where, name, fact in (
        (".facts", "Series", "3"),
        (".facts", "Rows written", "14"),
        (".facts", "Series that failed", "1"),
        (".terms", "Output", str(output)),
        (".terms", "Why series failed", str(tables / "ahead.failures.csv")),
    ):
        expect(page.locator(where)).to_contain_text(f"{name}{fact}")
    page.click("text=All jobs")
    expect(page.locator(".cards")).to_contain_text("Bulk job with sine")


def test_a_version_that_was_put_in_use_is_not_offered_again(visit: Visit, shipped: Service) -> None:
    with shipped.client() as client:
        before = client.get("/models/sine").json()["versions"][-1]
        client.put("/models/sine/aliases/production", json={"version": before}).raise_for_status()
        job = train(client, model="sine", promote="never")
        wait_for_end(client, job)
    page = visit(f"/#{job}")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text(f"Version {before + 1} was not promoted; zero-shot does better")
    expect(verdict).to_contain_text("better keep using zero-shot")
    page.click("#promote")
    expect(verdict).to_contain_text(f"Version {before + 1} is in use now")
    page.reload()
    expect(verdict).to_contain_text(f"Version {before + 1} is in use now")
    expect(page.locator("#promote")).to_have_count(0)


def test_a_version_shows_how_it_does_by_what_happened(visit: Visit, shipped: Service) -> None:
    asked = {"series": [1, 2, 3, 4] * 9, "model": "sine", "version": 1, "track": True}
    with shipped.client() as client:
        (forecast,) = client.post("/predict", json=asked).json()["forecasts"]
        happened = {"forecast_id": forecast["forecast_id"], "values": [1]}
        client.post("/actuals", json={"series": happened}).raise_for_status()
    page = visit("/#/models/sine")
    shown = page.get_by_label("Version 1", exact=True)
    expect(shown).to_contain_text("Scores by what really happened: 1 value of 1 forecast.")
    expect(shown).to_contain_text("no drift so far")
    expect(shown.get_by_role("table", name="Scores by what really happened")).to_be_visible()


def test_a_name_that_no_model_may_have_is_refused_beside_its_field(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers&tab=train", expect_complaints=True)
    page.wait_for_selector("#train-recipe option[value=lstm]", state="attached")
    page.fill("#train-model", "No Such Name")
    page.click("#train")
    expect(page.locator("[data-option=model] .wrong-note").last).not_to_be_empty()


def test_a_model_is_chosen_for_the_file_that_is_open(visit: Visit) -> None:
    page = visit("/#/forecast?sample=airline_passengers&horizon=6")
    expect(page.locator("#said")).to_contain_text("Forecast of 6 steps")
    page.click("text=Models")
    page.click("text=airline-passengers")
    expect(page.locator("main > .row")).to_contain_text("it is served as the latest")
    page.click("text=Forecast with it")
    expect(page.locator("#said")).to_contain_text("Forecast of 6 steps")
    expect(page.locator("#model")).to_have_value("airline-passengers")
    assert "model=airline-passengers" in page.url


def test_a_job_that_is_not_there_is_not_called_a_forecast_that_cannot_be(visit: Visit) -> None:
    page = visit("/#/jobs/nosuch", expect_complaints=True)
    expect(page.locator(".problem h3")).to_have_text("This was not found")
    expect(page.locator(".problem")).to_contain_text("nosuch")
