"""The endpoints for a model's aliases: they show them, move them, and roll `production` back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.requests import Request
from starlette.responses import Response

from app.access.caller import current
from app.dependencies import AuditPart, RegistryPart, SettingsPart
from app.models.endpoints import (
    ModelPath,
    OwnedModelPath,
    ReasonQuery,
)
from app.models.schemas import (
    ALIAS_EXAMPLES,
    ROLLBACK_EXAMPLES,
    AliasList,
    AliasObject,
    AliasRequest,
    RollbackRequest,
)
from app.openapi.operations import json_body, problems
from app.requests.content import has_body, read_json_body
from app.requests.mistakes import ANY_TAG
from app.serving.store_threads import in_store_thread
from forecasting.store import lifecycle
from forecasting.store.aliases import ABSENT, PRODUCTION, Alias

AliasPath = Annotated[str, Path(examples=[PRODUCTION])]
IfMatch = Annotated[
    str | None,
    Header(description="The ETag that the alias must have; `*` means that it must be there."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="`*` means that the alias must not be there.", pattern=ANY_TAG)
]


router = APIRouter(tags=["models"])


@router.get(
    "/models/{model}/aliases",
    summary="List a model's aliases and how they moved",
    response_model=AliasList,
    responses=problems(404, 422, 503),
)
async def list_aliases(model: ModelPath, registry: RegistryPart) -> AliasList:
    """Every alias of a model, with its whole history: when, from, to, by whom, and why."""
    aliases = await in_store_thread(registry.store.aliases_and_history, model)
    return AliasList(aliases=[AliasObject.of(model, alias) for alias in aliases.all()])


@router.get(
    "/models/{model}/aliases/{alias}",
    summary="Show an alias and how it moved",
    response_model=AliasObject,
    responses=problems(404, 422, 503),
)
async def show_alias(
    model: ModelPath, alias: AliasPath, response: Response, registry: RegistryPart
) -> AliasObject:
    """The version that an alias names, and its history. The `ETag` changes with every move."""
    current = await in_store_thread(lifecycle.show_alias, registry.store, model, alias)
    return _answer(response, model, current)


@router.put(
    "/models/{model}/aliases/{alias}",
    summary="Move an alias",
    response_model=AliasObject,
    responses=problems(400, 403, 404, 409, 412, 413, 415, 422, 503, 507),
    openapi_extra=json_body(AliasRequest, ALIAS_EXAMPLES),
)
async def move_alias(
    model: OwnedModelPath,
    alias: AliasPath,
    request: Request,
    response: Response,
    registry: RegistryPart,
    settings: SettingsPart,
    audit: AuditPart,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> AliasObject:
    """Let an alias name a version. `production` is served if a request names no version.

    With `If-Match`, it moves only if nobody has moved it since you read its `ETag`: 412 otherwise.
    """
    body = await read_json_body(request, settings)
    move = AliasRequest.model_validate_json(body)
    moved = await in_store_thread(
        lifecycle.set_alias,
        registry.store,
        model,
        alias,
        move.version,
        by=current.get().by,
        reason=move.reason,
        expected=_expected_tags(if_match, if_none_match),
    )
    version = moved.version
    audit.record(
        request, "move_alias", model=model, alias=alias, version=version, reason=move.reason
    )
    await registry.refresh()
    return _answer(response, model, moved)


@router.delete(
    "/models/{model}/aliases/{alias}",
    summary="Remove an alias",
    status_code=204,
    responses=problems(403, 404, 412, 422, 503, 507),
)
async def remove_alias(
    model: OwnedModelPath,
    alias: AliasPath,
    request: Request,
    registry: RegistryPart,
    audit: AuditPart,
    reason: ReasonQuery = None,
    if_match: IfMatch = None,
) -> None:
    """Remove an alias; its history stays. Without `production`, the newest version is served."""
    await in_store_thread(
        lifecycle.remove_alias,
        registry.store,
        model,
        alias,
        by=current.get().by,
        reason=reason,
        expected=_expected_tags(if_match),
    )
    audit.record(request, "remove_alias", model=model, alias=alias, reason=reason)
    await registry.refresh()


@router.post(
    "/models/{model}/rollback",
    summary="Go back to what production was before",
    response_model=AliasObject,
    responses=problems(400, 403, 404, 409, 412, 413, 415, 422, 503, 507),
    openapi_extra=json_body(RollbackRequest, ROLLBACK_EXAMPLES, required=False),
)
async def roll_back(
    model: OwnedModelPath,
    request: Request,
    response: Response,
    registry: RegistryPart,
    settings: SettingsPart,
    audit: AuditPart,
    if_match: IfMatch = None,
) -> AliasObject:
    """Let `production` name the version that it named before; each further call goes further back.

    Versions that have been deleted or damaged since are passed over. No body is needed.
    """
    body = await read_json_body(request, settings) if has_body(request) else b"{}"
    rollback = RollbackRequest.model_validate_json(body)
    moved = await in_store_thread(
        lifecycle.roll_back,
        registry.store,
        model,
        by=current.get().by,
        reason=rollback.reason,
        expected=_expected_tags(if_match),
    )
    audit.record(request, "roll_back", model=model, version=moved.version, reason=rollback.reason)
    await registry.refresh()
    return _answer(response, model, moved)


def _answer(response: Response, model: str, alias: Alias) -> AliasObject:
    response.headers["ETag"] = f'"{alias.tag}"'
    return AliasObject.of(model, alias)


def _expected_tags(if_match: str | None, if_none_match: str | None = None) -> set[str] | None:
    """Return the tags that the headers allow, or None if they allow any; weak tags fit nothing."""
    if if_none_match is not None:
        return {ABSENT}
    if if_match is None:
        return None
    return {tag.strip().strip('"') for tag in if_match.split(",")}
