"""Errors for protocols that have room for one text."""

from __future__ import annotations

from app.exception_handlers import Problem


def message_of(problem: Problem) -> str:
    """Return what is wrong and, if it is known, where in the body."""
    place = problem.errors[0].pointer if problem.errors else ""
    if not place or problem.detail.startswith(place):
        return problem.detail
    return f"{place}: {problem.detail}"
