"""Reading the settings from the environment, and what is wrong with them there."""

from __future__ import annotations

import os
from difflib import get_close_matches
from importlib.util import find_spec

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.settings.settings import PREFIX, Settings
from forecasting.tracing import ENDPOINTS, is_wanted

_OF_CLIENTS = {"FORECAST_URL", "FORECAST_API_KEY"}
"""What the Python client and the command line read, which may run in the same environment."""


class SettingsError(Exception):
    """Settings make no sense; the message names each of them."""


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError, which names every variable at fault."""
    problems = _unknown_settings()
    try:
        settings = Settings()
    except ValidationError as error:
        problems += [
            f"{PREFIX}{str(fault['loc'][0]).upper()}={_shown(fault)}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
    else:
        if settings.is_exposed:
            problems.append(
                f"{PREFIX}HOST={settings.host}: anyone who reaches this address could use the "
                f"service, because there are no keys. Set {PREFIX}API_KEYS_FILE to a file made by "
                f"python -m app keys add, or {PREFIX}ALLOW_ANYONE=true if a firewall or a proxy "
                "keeps others out"
            )
        if settings.ray_address and settings.role != "api" and find_spec("ray") is None:
            problems.append(
                f"{PREFIX}RAY_ADDRESS: Ray is not installed. Install it (pip install "
                "'ray[default,tune]'), or unset it"
            )
        if settings.role != "worker" and "sagemaker" in settings.protocols:
            from app.compat.sagemaker.configuration import mistakes_in_environment

            problems += mistakes_in_environment()
        if settings.retrain_on_drift and settings.database_url is not None:
            problems.append(f"{PREFIX}RETRAIN_ON_DRIFT works only without {PREFIX}DATABASE_URL")
    if is_wanted(os.environ) and find_spec("opentelemetry.sdk") is None:
        problems.append(
            f"{ENDPOINTS[0]}: traces need packages that are not installed. Install them (pip "
            "install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http), or unset it"
        )
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _unknown_settings() -> list[str]:
    """Return what to say about each variable that is called like a setting, but is none."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    problems = []
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in {*known, *_OF_CLIENTS}:
            close = get_close_matches(name.upper(), known, 1)
            meant = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"{name}: there is no such setting{meant}")
    return problems


def _shown(fault: ErrorDetails) -> str:
    """Return what was given, unless it may hold a password."""
    return "…" if fault["loc"][0] == "database_url" else str(fault["input"])
