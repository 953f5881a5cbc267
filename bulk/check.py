"""`python -m bulk.check`, with which the service looks for mistakes before it queues a bulk job.

A line of JSON on standard input says which table is read and how: `{"source": …, "allowed": …,
"table": …, "times": {"frequency": …, "timezone": …}}`. The answer is a line of JSON: `{}`, or the
first mistake, `{"message": …, "code": …, "path": …}`.
"""

from __future__ import annotations

import argparse
import json
import sys

import pyarrow as pa

from bulk.places import Place
from bulk.reading.table import open_table
from forecasting.errors import ForecastingError
from forecasting.jobs.parent_process import end_with_parent
from forecasting.tables.locations import AllowedLocations
from forecasting.tables.options import TableOptions

_NOT_HERE = "table_not_found"


def find_mistake(
    source: str, allowed: AllowedLocations, options: TableOptions, **times: str | None
) -> ForecastingError | None:
    """Return what is wrong with the columns of a table, by its first rows; None if nothing is.

    `times` are the options of a request that are about all dates: `frequency` and `timezone`.
    A table that cannot be read here is no mistake, for the disk of the worker may be another one.
    """
    try:
        table = open_table(Place.of(source), options, **times)
        for file in table.files:
            allowed.check(file.place.path, "input")
    except ForecastingError as error:
        return None if error.code == _NOT_HERE else error
    except (OSError, pa.ArrowException):
        return None
    return None


def main() -> None:
    """Answer one request."""
    parser = argparse.ArgumentParser(prog="python -m bulk.check")
    parser.add_argument("--parent", type=int, required=True)
    end_with_parent(parser.parse_args().parent)
    request = json.loads(sys.stdin.readline())
    mistake = find_mistake(
        request["source"],
        AllowedLocations(tuple(request["allowed"])),
        TableOptions(**request["table"]),
        **request["times"],
    )
    answer = {}
    if mistake is not None:
        answer = {"message": mistake.message, "code": mistake.code, "path": mistake.path}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
