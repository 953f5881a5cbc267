"""What the tests of training share."""

from __future__ import annotations

import pytest

from training import publish


@pytest.fixture
def not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras serves what is trained: to compile a tiny network takes longer than to train it."""
    monkeypatch.setattr(publish, "compile_network", lambda *_, **__: None)
