"""The command-line options that several benchmarks have."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path


def add_store(parser: ArgumentParser) -> None:
    """Add `--store`, the folder of model versions."""
    parser.add_argument(
        "--store", type=Path, default=Path("model_store"), help="default: %(default)s"
    )


def add_version(parser: ArgumentParser) -> None:
    """Add `--model`, `--version` and `--store`, which say what is measured."""
    parser.add_argument("--model", default="zero-shot", help="default: %(default)s")
    parser.add_argument("--version", type=int, help="default: the model's latest")
    add_store(parser)


def add_baselines_python(parser: ArgumentParser) -> None:
    """Add `--baselines-python`, which runs the statistical methods."""
    parser.add_argument(
        "--baselines-python",
        type=Path,
        default=Path(".venv-baselines/bin/python"),
        help="an interpreter with statsforecast; default: %(default)s",
    )
