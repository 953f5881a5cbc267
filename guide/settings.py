"""The table of the settings."""

from __future__ import annotations

from app.settings.settings import Settings


def describe_settings() -> str:
    """Return a table of every setting with its default and its description."""
    rows = [
        f"| `FORECAST_{name.upper()}` | {_code(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def _code(default: object) -> str:
    return "–" if default is None else f"`{default}`"
