"""Answers that wait to be fetched: whose they are, and which of them go."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.access.caller import Caller, current
from app.access.keys import ApiKey
from app.access.scopes import Scope
from app.compat.timegpt.jobs import kept_answers
from app.compat.timegpt.jobs.kept_answers import KeptAnswers


def holder(name: str) -> Caller:
    key = ApiKey(
        id=name,
        name=name,
        sha256="0" * 64,
        scopes=frozenset(Scope),
        created_at=datetime.now(UTC),
    )
    return Caller(key)


def test_answers_are_told_to_whoever_asked_for_them(tmp_path: Path) -> None:
    answers = KeptAnswers(tmp_path / "answers")
    token = current.set(holder("alice"))
    kept = answers.add(b'{"mean":[1.5]}')
    assert answers.get(kept) == b'{"mean":[1.5]}'
    current.set(holder("bob"))
    assert answers.get(kept) is None
    current.reset(token)
    assert answers.get("../../etc/passwd") is None
    assert answers.get("kept-0123456789abcdef") is None


def test_old_answers_and_too_many_of_them_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = KeptAnswers(tmp_path)
    old = answers.add(b"[1]")
    os.utime(tmp_path / f"{old}.json", (0, 0))
    first = answers.add(b"[2]")
    assert answers.get(old) is None
    assert answers.get(first) == b"[2]"
    monkeypatch.setattr(kept_answers, "_MOST_BYTES", 40)
    second = answers.add(b"[3]")
    assert answers.get(first) is None
    assert answers.get(second) == b"[3]"
