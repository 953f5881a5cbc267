"""Errors as RFC 9457 problem documents."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Fault(BaseModel):
    pointer: str = Field(description="JSON Pointer into the request body.")
    code: str
    detail: str


class Problem(BaseModel):
    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable, for programs.")
    errors: list[Fault] = Field([], description="Where in the body, and why.")
    request_id: str
