"""Tables with columns of any name, through the service: options, errors and notes."""

import json
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.app.requests.test_bad_input import problem
from tests.app.tables.test_tables import CSV, PARQUET, expected, send
from tests.support.tiny_models import PASSENGERS

DATES = [f"{1949 + month // 12}-{month % 12 + 1:02}-01" for month in range(len(PASSENGERS))]


def panel(header: str) -> bytes:
    """The series of `expected`, in the same order."""
    rows = [f"b,{date},{y}" for date, y in zip(DATES, PASSENGERS, strict=True)]
    rows += [f"a,{date},{y}" for date, y in zip(DATES[:30], PASSENGERS[:30], strict=True)]
    return "\n".join([header, *rows]).encode()


def single(header: str) -> bytes:
    rows = [f"{date},{y}" for date, y in zip(DATES, PASSENGERS, strict=True)]
    return "\n".join([header, *rows]).encode()


@pytest.mark.parametrize("repair", ["false", "true"])
def test_a_panel_whose_id_column_is_not_known_is_refused_with_the_option_that_names_it(
    client: httpx.Client, repair: str
) -> None:
    document = problem(send(client, panel("store,ds,y"), CSV, repair=repair))
    assert (document["status"], document["code"]) == (422, "column_missing")
    assert document["errors"][0]["pointer"] == "#/id_col"
    assert "'store' looks like the ids: send id_col=store." in document["detail"]
    assert "repair" not in document["detail"]


def test_a_target_that_another_option_takes_is_not_said_to_be_missing(
    client: httpx.Client,
) -> None:
    document = problem(send(client, panel("unique_id,ds,y"), CSV, id_col="y"))
    assert document["code"] == "column_missing"
    assert "the column 'y' is that of another option, and none" in document["detail"]


def test_options_in_the_address_or_the_form_name_columns(client: httpx.Client) -> None:
    content = panel("shop,day,sold")
    options = {"id_col": "shop", "time_col": "day", "target_col": "SOLD", "horizon": "2"}
    in_address = send(client, content, CSV, **options).json()
    in_form = client.post("/predict", files={"file": ("a.csv", content)}, data=options).json()
    for answer in (in_address, in_form):
        assert answer["forecasts"] == expected(client, horizon=2)
        assert answer["notes"] == []


def test_a_column_that_is_called_like_an_id_cuts_no_series_if_no_time_repeats(
    client: httpx.Client,
) -> None:
    rows = [
        f"{date},{at % 7},{y}" for at, (date, y) in enumerate(zip(DATES, PASSENGERS, strict=True))
    ]
    answer = send(
        client, "\n".join(["date,promo_code,sales", *rows]).encode(), CSV, horizon=2
    ).json()
    (alone,) = answer["forecasts"]
    assert alone["point"] == expected(client, horizon=2)[0]["point"]
    assert [note["code"] for note in answer["notes"]] == ["columns_chosen", "columns_ignored"]
    assert "left out 'promo_code'" in answer["notes"][1]["message"]


def test_what_was_assumed_is_in_the_notes_of_the_answer(client: httpx.Client) -> None:
    answer = send(client, panel("store,date,sales"), CSV, horizon=2).json()
    assert answer["forecasts"] == expected(client, horizon=2)
    (note,) = answer["notes"]
    assert note["code"] == "columns_chosen"
    assert note["message"] == (
        "Read 'store' as the ids, 'date' as the time and 'sales' as the values. Send id_col, "
        "time_col and target_col to choose others."
    )
    table = send(client, panel("store,date,sales"), CSV, PARQUET, horizon=2).content
    metadata = parquet.read_schema(pa.BufferReader(table)).metadata
    assert json.loads(metadata[b"notes"])[0] == {"unique_id": None, **note}


def test_a_table_of_one_store_names_it_as_a_table_of_two_does(client: httpx.Client) -> None:
    rows = [f"{{}},{day},{value},2.5" for day, value in zip(DATES, PASSENGERS, strict=True)]
    header = "store_id,date,qty,price"
    for stores in ("7", "78"):
        lines = [header, *(row.format(store) for store in stores for row in rows)]
        answer = send(client, "\n".join(lines).encode(), CSV, horizon=2).json()
        assert [series["id"] for series in answer["forecasts"]] == list(stores)
        (note,) = answer["notes"]
        assert note["code"] == "columns_chosen"
        assert note["message"].startswith("Read 'store_id' as the ids, 'date' as the time")


@pytest.mark.parametrize("path", ["/backtest", "/anomalies"])
def test_backtests_and_anomalies_note_what_was_assumed(client: httpx.Client, path: str) -> None:
    headers = {"content-type": CSV}
    answer = client.post(path, content=single("month,passengers"), headers=headers)
    assert answer.status_code == 200, answer.text
    assert [note["code"] for note in answer.json()["notes"]] == ["columns_chosen"]


@pytest.mark.parametrize(
    ("path", "options"), [("/train", {"model": "m"}), ("/backtest", {"job": "true"})]
)
def test_jobs_note_what_was_assumed(
    client: httpx.Client, path: str, options: dict[str, str]
) -> None:
    headers = {"content-type": CSV}
    answer = client.post(path, content=single("date,sales"), params=options, headers=headers)
    assert answer.status_code == 202, answer.text
    client.delete(answer.headers["location"])
    assert [note["code"] for note in answer.json()["notes"]] == ["columns_chosen"]


@pytest.mark.parametrize(
    ("options", "code", "pointer"),
    [
        ({"time_col": "when"}, "column_unknown", "#/time_col"),
        ({"id_col": "date", "time_col": "date"}, "columns_unclear", "#/time_col"),
        ({"layout": "tall"}, "literal_error", "#/layout"),
        ({"decimal": ";"}, "string_pattern_mismatch", "#/decimal"),
        ({"delimiter": "x"}, "string_pattern_mismatch", "#/delimiter"),
        ({"layout": "wide", "target_col": "sales"}, "columns_unclear", "#/target_col"),
    ],
)  # fmt: skip
def test_options_about_a_table_that_make_no_sense_are_refused(
    client: httpx.Client, options: dict[str, Any], code: str, pointer: str
) -> None:
    document = problem(send(client, single("date,sales"), CSV, **options))
    fault = document["errors"][0]
    assert (document["status"], fault["code"], fault["pointer"]) == (422, code, pointer)


def test_a_timestamp_that_repeats_is_named_by_its_line_and_its_column(client: httpx.Client) -> None:
    content = single("month,sales") + f"\n{DATES[-1]},7\n".encode()
    document = problem(send(client, content, CSV))
    assert document["code"] == "timestamps_repeated"
    assert document["errors"][0]["pointer"] == f"#/file/{len(PASSENGERS)}/month"
    assert document["detail"].startswith(f"line {len(PASSENGERS) + 2}: ")
