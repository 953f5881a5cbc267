from pathlib import Path

import numpy as np
import pytest

from forecasting.errors import DataFileError
from training.pretraining import corpus
from training.pretraining.config import CONFIGS
from training.pretraining.corpus import make_block
from training.pretraining.draw import draw_series
from training.pretraining.real import KINDS, Source, hold_out, read_sources
from training.pretraining.synthetic import SEASON_LENGTHS, simulate
from training.pretraining.variations import aggregate

SIGNATURE = CONFIGS["tiny"].signature


@pytest.mark.parametrize("season_length", SEASON_LENGTHS)
def test_simulated_series_are_finite_and_varied(season_length: int) -> None:
    values = simulate(300, 120, season_length, np.random.default_rng(season_length))
    assert values.shape == (300, 120)
    assert np.isfinite(values).all()
    assert (np.ptp(values, axis=1) > 0).mean() > 0.97
    assert len({tuple(row) for row in values.round(6)}) > 290


def test_a_simulated_season_shows() -> None:
    values = simulate(400, 240, 12, np.random.default_rng(0))
    changes = np.diff(values, axis=1)
    same = np.array([np.corrcoef(row[12:], row[:-12])[0, 1] for row in changes])
    other = np.array([np.corrcoef(row[7:], row[:-7])[0, 1] for row in changes])
    assert np.nanmedian(same) > np.nanmedian(other) + 0.2


def test_the_same_seed_makes_the_same_block(training_folder: Path) -> None:
    sources = read_sources(training_folder)
    first, again, other = (
        make_block(sources, SIGNATURE, 512, 0.5, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.targets, again.targets, equal_nan=True)
    assert not np.array_equal(first.inputs[:100], other.inputs[:100])


def test_a_block_is_ready_for_the_network(training_folder: Path) -> None:
    sources = read_sources(training_folder)
    block = make_block(sources, SIGNATURE, 512, 0.5, np.random.default_rng(0))
    assert block.inputs.shape[1:] == (SIGNATURE.context_length, 5)
    assert block.targets.shape[1:] == (SIGNATURE.horizon,)
    assert np.isfinite(block.inputs).all()
    assert np.isfinite(block.targets).any(axis=1).all()
    assert ((block.weights > 0.03) & (block.weights < 3.4)).all()
    assert (block.inputs[:, -1, 0] == 0).all()
    assert block.inputs[:, -1, 1].all()


def test_a_batch_has_the_shortest_inputs_that_hold_its_windows(training_folder: Path) -> None:
    sources = read_sources(training_folder)
    block = make_block(sources, SIGNATURE, 512, 0.5, np.random.default_rng(0))
    batches = list(block.batches(100, SIGNATURE, np.random.default_rng(1)))
    assert [len(batch) for batch in batches] == [100] * (len(block) // 100)
    assert {batch.inputs.shape[1] for batch in batches} == {24, 48}
    for batch in batches:
        counts = (batch.inputs[:, :, 1] > 0).sum(axis=1)
        assert counts.max() <= batch.inputs.shape[1]
        assert batch.inputs.shape[1] == 24 or counts.max() > 24


def test_a_gap_at_the_cutoff_belongs_to_the_target() -> None:
    values = np.arange(40.0)
    values[10:30] = np.nan
    sources = [Source("years", ((values, 1),))]
    windows = list(corpus.real_windows(sources, SIGNATURE, 200, np.random.default_rng(0)))
    assert all(np.isfinite(contexts[:, -1]).all() for contexts, _, _ in windows)
    assert any(np.isnan(targets[:, 0]).any() for _, targets, _ in windows)


def test_held_out_series_are_not_trained_on() -> None:
    series = tuple((np.arange(20.0) + n, 1) for n in range(65))
    training, held_out = hold_out([Source("years", series)])
    assert len(training[0].series) == 63
    assert [values[0] for values, _ in held_out[0].series] == [29, 59]


def test_every_kind_of_series_gets_its_share() -> None:
    rng = np.random.default_rng(0)
    many = Source("months", tuple((rng.standard_normal(60), 12) for _ in range(500)))
    few = Source("weeks", ((rng.standard_normal(60), 13),))
    seasons = [draw_series([many, few], rng)[1] for _ in range(2000)]
    share = np.mean([season == 13 for season in seasons])
    expected = KINDS["weeks"] / (KINDS["weeks"] + KINDS["months"])
    assert abs(share - expected) < 0.04


def test_nothing_of_the_future_is_in_the_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """If what lies after the cutoff is replaced by extreme values, the inputs must not change."""
    years = np.random.default_rng(0).standard_normal((5, 40)).cumsum(axis=1)
    sources = [Source("years", tuple((row, 1) for row in years))]
    real = corpus.real_windows

    def replace_future(*arguments: object) -> object:
        for contexts, targets, season in real(*arguments):  # type: ignore[arg-type]
            yield contexts, targets * 1e3 + 77, season

    def block() -> corpus.Block:
        return make_block(sources, SIGNATURE, 256, 1.0, np.random.default_rng(3))

    before = block()
    monkeypatch.setattr(corpus, "real_windows", replace_future)
    after = block()
    assert np.array_equal(before.inputs, after.inputs)
    assert np.array_equal(before.weights, after.weights)
    assert not np.array_equal(before.targets, after.targets, equal_nan=True)


def test_series_are_aggregated_to_lower_frequencies() -> None:
    months = np.arange(1.0, 121)
    rng = np.random.default_rng(0)
    drawn = [draw_series([Source("months", ((months, 12),))], rng) for _ in range(300)]
    assert {season for _, season in drawn} == {12, 4, 1, 6, 2}
    years = next(values for values, season in drawn if season == 1 and values[0] == 78)
    assert years[:2].tolist() == [78, 222]


def test_quarters_are_made_of_months_and_days_too() -> None:
    few = Source("quarters", ((np.full(40, -1.0), 4),))
    months = Source("months", ((np.arange(1.0, 121), 12),))
    days = Source("days", ((np.arange(1.0, 3001), 7),))
    rng = np.random.default_rng(0)
    drawn = [draw_series([few, months, days], rng) for _ in range(400)]
    assert {values.size for values, season in drawn if season == 4} >= {32, 39, 40}


def test_a_sum_makes_up_for_missing_steps_unless_half_are_missing() -> None:
    months = np.tile([1.0, np.nan, 3.0, np.nan, np.nan, 2.0], 4)
    drawn = [aggregate(months, 3, np.random.default_rng(seed)) for seed in range(20)]
    assert any(np.array_equal(sums[:2], [6.0, np.nan], equal_nan=True) for sums in drawn)


def test_a_folder_without_series_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no Parquet files"):
        read_sources(tmp_path)


def test_a_file_without_season_lengths_is_refused(tmp_path: Path, public_folder: Path) -> None:
    import pandas as pd

    frame = pd.read_parquet(public_folder / "quarters.parquet").drop(columns="season_length")
    frame.to_parquet(tmp_path / "bare.parquet")
    with pytest.raises(DataFileError, match="no column season_length"):
        read_sources(tmp_path)
