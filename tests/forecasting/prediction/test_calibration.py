from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import BrokenVersionError
from forecasting.networks.signature import Signature
from forecasting.prediction.calibration import Calibration, read_calibration

SIGNATURE = Signature(
    context_length=3,
    horizon=2,
    inputs=("value",),
    quantiles=(0.1, 0.5, 0.9),
    shortest_context=3,
)


def test_what_is_measured_can_be_kept_and_read(tmp_path: Path) -> None:
    targets = np.random.default_rng(0).normal(size=(500, 2))
    measured = Calibration.measure(np.tile([-0.5, 0, 0.5], (500, 2, 1)), targets, SIGNATURE)
    (tmp_path / "calibration.json").write_text(measured.model_dump_json())
    read = read_calibration(tmp_path / "calibration.json", SIGNATURE)
    assert read == measured
    assert read.windows == 500
    assert (read.array()[:, 0] > 2).all()


def test_the_widths_of_several_predictions_are_the_means_of_theirs() -> None:
    targets = np.random.default_rng(0).normal(size=(500, 2))
    near, far = (np.tile([at - 1.0, at, at + 1.0], (500, 2, 1)) for at in (0.0, 1.0))
    apart = [Calibration.measure(predicted, targets, SIGNATURE) for predicted in (near, far)]
    together = Calibration.measure(np.stack([near, far]), targets, SIGNATURE)
    assert together.windows == 500
    mean = (apart[0].array() + apart[1].array()) / 2
    np.testing.assert_allclose(together.array(), mean, atol=1e-6)
    assert (apart[1].array()[:, 0] > apart[0].array()[:, 0]).all()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"windows": 0, "widths": [[1, 1, 1], [1, 1, 1]]}',
        '{"windows": 9, "widths": [[1, 1, 1]]}',
        '{"windows": 9, "widths": [[1, 1, 1], [1, 1]]}',
        '{"windows": 9, "widths": [[1, 1, 1], [1, 1, NaN]]}',
        '{"windows": 9, "widths": [[1, 1, 1], [1, 1, -1]]}',
        '{"windows": 9, "widths": [[1, 1, 1], [1, 1, 1e9]]}',
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "calibration.json").write_text(content)
    with pytest.raises(BrokenVersionError, match=r"calibration\.json"):
        read_calibration(tmp_path / "calibration.json", SIGNATURE)
