from forecasting.errors import SeriesError


def test_an_error_seen_from_further_out_is_a_new_one() -> None:
    error = SeriesError("the value is missing.", code="value_missing", path=(3,))
    outer = error.under("series", "values")
    assert (type(outer), outer.message, outer.code) == (SeriesError, error.message, error.code)
    assert (outer.path, error.path) == (("series", "values", 3), (3,))


def test_an_error_with_another_message_keeps_its_place() -> None:
    error = SeriesError("the value is missing.", code="value_missing", path=(3,))
    other = error.with_message("series 'a': the value is missing.")
    assert (other.code, other.path) == ("value_missing", (3,))
    assert str(other) == other.message == "series 'a': the value is missing."
    assert error.message == "the value is missing."
