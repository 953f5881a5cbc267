import pytest

from forecasting.networks.signature import Signature
from forecasting.prediction.trained_frequency import note_other_frequency
from forecasting.series.calendar import Calendar
from forecasting.series.series import Series
from tests.support.signatures import any_series_signature

OF_MONTHS = Signature(
    context_length=12, horizon=4, inputs=("value",), quantiles=(0.5,), shortest_context=12
)


def messages(frequency: str | None, trained: str | None, signature: Signature) -> list[str]:
    calendar = None if frequency is None else Calendar.from_start("2024-01-01", frequency)
    series = Series.from_values([1.0, 2.0, 4.0], calendar=calendar)
    (noted,) = note_other_frequency([series], trained, signature)
    assert all(note.code == "frequency_differs" for note in noted.notes)
    return [note.message for note in noted.notes]


@pytest.mark.parametrize(
    ("trained", "frequency", "words"),
    [
        ("D", "h", "on days (D), and the series has hours (h)"),
        ("D", "W-MON", "on days (D), and the series has weeks (W-MON)"),
        ("h", "30min", "on hours (h), and the series has steps of 30 minutes (30min)"),
        ("MS", "QS", "on months (MS), and the series has quarters (QS"),
        ("B", "D", "on business days (B), and the series has days (D)"),
    ],
)
def test_steps_of_another_length_are_noted(trained: str, frequency: str, words: str) -> None:
    (message,) = messages(frequency, trained, OF_MONTHS)
    assert words in message


@pytest.mark.parametrize(
    ("trained", "frequency"),
    [("ME", "MS"), ("W-SUN", "W-MON"), ("h", "60min"), ("QE-DEC", "QS"), ("D", None)],
)
def test_the_same_steps_are_not(trained: str, frequency: str | None) -> None:
    assert not messages(frequency, trained, OF_MONTHS)


def test_nothing_is_said_where_any_frequency_will_do_or_none_is_known() -> None:
    assert not messages("h", None, OF_MONTHS)
    assert not messages("h", "D", any_series_signature(context_length=12, horizon=4))
