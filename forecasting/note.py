"""What was done to a series or its forecast that the owner should know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """`code` is stable and meant for programs; `count` says how many values it is about."""

    code: str
    message: str
    count: int
