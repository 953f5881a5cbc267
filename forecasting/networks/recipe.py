"""Recipes, which hold everything that decides how a network is built and trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from forecasting.errors import RecipeError
from forecasting.networks.scalers import ScalerName
from forecasting.networks.signature import Quantile, Signature

DEFAULT_QUANTILES = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
BASE = r"^[a-z0-9][a-z0-9._-]{0,63}(/[1-9][0-9]{0,8})?$"
BASE_IN_WORDS = "should be a model, or a model and a version, such as zero-shot or sales/3"
_NOT_SEARCHED = (
    *("cell", "units", "dropout", "loss", "quantiles", "anchor", "context_length", "padding"),
    *("lags", "scaler", "epochs", "learning_rate", "schedule", "clipnorm"),
)
"""The fields of a network that a search has no use for, because its candidates have their own."""
R = TypeVar("R", bound="Recipe")


class Recipe(BaseModel):
    """A recipe. The defaults of its fields are the recipe `lstm`.

    `horizon`, `context_length` and `season_length` may be left open; `resolve` fills them in from
    the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    base: str | None = Field(
        None,
        pattern=BASE,
        description="The version to go on training, such as `zero-shot` or `sales/3`. The network, "
        "quantiles, context and scaler are then those of this version, whatever else the recipe "
        "says.",
    )
    cell: Literal["simple_rnn", "lstm", "gru"] = Field("lstm", description="The recurrent layer.")
    units: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field(
        (32,),
        strict=False,
        min_length=1,
        max_length=8,
        fail_fast=True,
        description="Units of each recurrent layer.",
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Dropout after each recurrent layer.")
    loss: Literal["pinball", "mse", "mae", "huber"] = Field(
        "pinball", description="`pinball` trains quantiles; the others a single forecast."
    )
    quantiles: tuple[Quantile, ...] = Field(
        DEFAULT_QUANTILES,
        strict=False,
        min_length=1,
        max_length=99,
        fail_fast=True,
        description="The quantiles that `pinball` trains, rising; 0.5 must be among them.",
    )
    anchor: Literal["none", "last", "season"] = Field(
        "season",
        description="The simple forecast that the network corrects: none, the last value, or the "
        "last season.",
    )
    context_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="How many values the network sees; default: three seasons of the data, at "
        "least twice the horizon.",
    )
    padding: bool = Field(
        True,
        description="Whether series shorter than the context are served, padded and marked so.",
    )
    horizon: int | None = Field(
        None, ge=1, le=1_000, description="Steps to forecast at once; default: one season, or 12."
    )
    season_length: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Observations in a season; default: from the frequency of the data.",
    )
    lags: tuple[Annotated[int, Field(ge=1, le=10_000)], ...] | None = Field(
        None,
        strict=False,
        min_length=1,
        max_length=8,
        fail_fast=True,
        description="With covariates: how many steps before each one the network looks at, too; "
        "default: a season, and also a week if the season is a day.",
    )
    scaler: ScalerName = Field("window", description="How values are scaled.")
    test_fraction: float = Field(
        0.2,
        gt=0,
        le=0.9,
        description="The share of each series, at its end, that is kept for the scores.",
    )
    validation_fraction: float = Field(
        0.2,
        gt=0,
        le=0.9,
        description="The share of what remains, at its end, that is kept for early stopping.",
    )
    patience: int | None = Field(
        30,
        ge=1,
        description="Epochs without a better validation loss before training stops; "
        "with null, every epoch is trained, on everything that is not kept for the scores.",
    )
    epochs: int = Field(200, ge=1, le=100_000, description="The most epochs to train.")
    batch_size: int = Field(32, ge=1, le=65_536, description="Windows in each training step.")
    learning_rate: float = Field(
        0.003, gt=0, le=1, description="The learning rate of Adam at the start."
    )
    schedule: Literal["constant", "cosine"] = Field(
        "constant",
        description="Whether the learning rate stays, or falls along a cosine to a fiftieth.",
    )
    clipnorm: float | None = Field(
        1.0, gt=0, description="The norm that gradients are clipped to; null for no clipping."
    )
    max_windows: int = Field(
        100_000,
        ge=1,
        description="The most windows in an epoch. They are drawn from all series.",
    )
    search: bool = Field(
        False,
        description="Whether several candidates are trained and compared on the validation part: "
        "`base` as it is, `base` with its output layers trained further, and a new network where "
        "that may pay. The learning rate and the length of the training are then chosen there.",
    )
    time_limit_s: float = Field(
        600,
        gt=0,
        description="With `search`: the seconds after which no further candidate is trained.",
    )

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if list(self.quantiles) != sorted(set(self.quantiles)):
            raise ValueError("The quantiles must rise, without repeats.")
        if self.search and self.patience is None:
            raise ValueError("A search needs a patience, for it decides on the validation part.")
        if self.loss == "pinball" and 0.5 not in self.quantiles:
            raise ValueError("The quantiles must hold 0.5, the point forecast.")
        if (
            self.anchor == "season"
            and self.context_length is not None
            and self.season_length is not None
            and self.context_length < self.season_length
        ):
            raise ValueError(
                "The anchor 'season' needs a context_length of at least the season_length, "
                f"{self.season_length}. Give it one, or another anchor."
            )
        return self

    @property
    def outputs(self) -> tuple[float, ...] | None:
        """The quantiles that the network predicts; None if it predicts a single forecast."""
        return self.quantiles if self.loss == "pinball" else None


class ResolvedRecipe(Recipe):
    """A recipe with nothing left open. A network is built from it, and a manifest records it."""

    context_length: int = Field(ge=1, le=10_000)
    horizon: int = Field(ge=1, le=1_000)
    season_length: int = Field(ge=1, le=10_000)

    @property
    def history_length(self) -> int:
        """How many values before its cutoff a training window holds, for lags included."""
        return self.context_length + max(self.lags or (0,))

    @property
    def shortest_context(self) -> int:
        """The fewest observations that a training window starts from."""
        if not self.padding:
            return self.history_length
        if self.lags is not None:
            return max(self.lags[0], 2)
        return min(self.context_length, max(self.season_length, 2))


def resolve(
    recipe: Recipe,
    *,
    horizon: int | None,
    season_length: int,
    lags: tuple[int, ...] | None = None,
) -> ResolvedRecipe:
    """Return the recipe with everything that it leaves open filled in from the data.

    The horizon becomes one season, or 12 if there is no season; the context becomes three seasons,
    and at least twice the horizon. `season_length` is that of the data, and `horizon` what the
    caller asks for, if anything. A season length in the recipe takes precedence over that of the
    data, and `horizon` over the one in the recipe.

    `lags` are those of data with covariates, and None stands for data without any. With covariates,
    the context becomes one season, and at least 24 steps, for the lags reach further back.

    Raises:
        RecipeError: The result makes no sense.
    """
    season = recipe.season_length or season_length
    horizon = horizon or recipe.horizon or (season if 1 < season <= 1_000 else 12)
    usual = max(3 * season, 2 * horizon, 12) if lags is None else max(season, 24)
    context = recipe.context_length or min(usual, 1_000)
    return _validated(
        ResolvedRecipe,
        recipe.model_dump()
        | {
            "horizon": horizon,
            "season_length": season,
            "context_length": context,
            "anchor": _fitting_anchor(recipe, season, context),
            "lags": None if lags is None else recipe.lags or lags,
        },
    )


def resolve_from_base(
    recipe: Recipe, base: Signature, *, horizon: int | None, season_length: int
) -> ResolvedRecipe:
    """Return the recipe with everything filled in from the version that it goes on training.

    `base` is the signature of that version. `season_length` is that of the data, and `horizon` what
    the caller asks for, if anything.

    Raises:
        RecipeError: The horizon is longer than that of the version.
    """
    own = season_length if recipe.search and 1 < season_length <= base.horizon else 0
    horizon = horizon or recipe.horizon or own or base.usual_horizon
    if horizon > base.horizon:
        raise RecipeError(
            f"A horizon of {horizon} is too long: {recipe.base} forecasts {base.horizon} steps at "
            "most. Give a shorter horizon.",
            code="horizon_beyond_base",
            path=("horizon",),
        )
    return _validated(
        ResolvedRecipe,
        recipe.model_dump()
        | {
            "horizon": horizon,
            "season_length": recipe.season_length or season_length,
            "context_length": base.context_length
            if base.covariates
            else max(base.context_length, base.history_length),
            "lags": base.lags or None,
            "quantiles": base.quantiles or recipe.quantiles,
            "loss": "pinball" if base.quantiles else "mse",
            "padding": base.shortest_context < max((base.context_length, *base.lags)),
            "anchor": "none",
        },
    )


def choose_recipe(
    recipe: str | dict[str, Any] | Recipe | None,
    base: str | None,
) -> Recipe:
    """Return the recipe that the caller gave, or the one for training a base further.

    `base` is a version such as `zero-shot` or `sales/3`. If neither is given, the recipe is `auto`.

    Raises:
        RecipeError: Both are given, or one of them makes no sense, or the recipe has fields that
            its kind of training does not use.
    """
    if base is not None:
        if recipe is not None:
            raise RecipeError(
                "Give a base or a recipe, not both. A recipe has a field `base` of its own.",
                code="recipe_and_base",
                path=("base",),
            )
        return _validated(Recipe, RECIPES["fine-tune"].model_dump() | {"base": base})
    named = "auto" if recipe is None else recipe
    found = named if isinstance(named, Recipe) else parse_recipe(named)
    _check_used(found)
    return found


def parse_recipe(name_or_fields: str | dict[str, Any]) -> Recipe:
    """Return a recipe by its name, or by its fields; those that are left out are those of `lstm`.

    Raises:
        RecipeError: The name is unknown, or a field makes no sense; the path of the error is then
            that field.
    """
    if isinstance(name_or_fields, str):
        if name_or_fields not in RECIPES:
            raise RecipeError(
                f"There is no recipe {name_or_fields!r}. The recipes that have a name are "
                f"{', '.join(RECIPES)}.",
                code="recipe_unknown",
            )
        return RECIPES[name_or_fields]
    return _validated(Recipe, name_or_fields)


def _check_used(recipe: Recipe) -> None:
    """Raise RecipeError if fields of a recipe were set, other than in `auto`, and are not used."""
    unused = _unused_fields(recipe, search=recipe.search)
    if not unused:
        return
    kind = "with `search`, which tries its own" if recipe.search else "without `search`"
    would_do = not _unused_fields(recipe, search=not recipe.search)
    cure = f", or set search to {str(not recipe.search).lower()}" if would_do else ""
    raise RecipeError(
        f"{', '.join(unused)} would not be used {kind}. Leave out what is not used{cure}.",
        code="recipe_fields_not_used",
        path=("recipe", unused[0]),
    )


def _unused_fields(recipe: Recipe, *, search: bool) -> list[str]:
    """Return the fields that are not as in `auto` and have no use with, or without, a search."""
    usual = RECIPES["auto"]
    useless = _NOT_SEARCHED if search else ("time_limit_s",)
    changed = [name for name in useless if getattr(recipe, name) != getattr(usual, name)]
    return [name for name in changed if name in recipe.model_fields_set]


def _fitting_anchor(recipe: Recipe, season: int, context: int) -> str:
    """Return the last value as the anchor if the data has no season that fits the context."""
    if recipe.anchor == "season" and recipe.season_length is None and not 1 < season <= context:
        return "last"
    return recipe.anchor


def _validated(kind: type[R], fields: dict[str, Any]) -> R:
    """Return the recipe of these fields, or raise RecipeError for the first that is at fault."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "string_pattern_mismatch":
            message = f"{first['input']!r} {BASE_IN_WORDS}."
        raise RecipeError(message, path=first["loc"]) from error


ZERO_SHOT = "zero-shot"
"""The model that forecasts any series without training, and that a version has to beat."""

RECIPES = {
    "auto": Recipe(
        base=ZERO_SHOT,
        anchor="none",
        scaler="change",
        patience=4,
        batch_size=64,
        max_windows=2_000,
        search=True,
    ),
    "lstm": Recipe(),
    "gru": Recipe(cell="gru"),
    "covariates": Recipe(
        dropout=0.1,
        epochs=25,
        patience=8,
        batch_size=128,
        schedule="cosine",
        max_windows=4_000,
    ),
    "fine-tune": Recipe(
        base=ZERO_SHOT,
        anchor="none",
        scaler="change",
        patience=5,
        epochs=40,
        learning_rate=0.0003,
        max_windows=4_000,
    ),
    "simple-rnn": Recipe(
        cell="simple_rnn",
        units=(50,),
        loss="mse",
        anchor="none",
        context_length=10,
        padding=False,
        horizon=1,
        scaler="min_max",
        patience=None,
        epochs=20,
        batch_size=16,
        learning_rate=0.001,
        clipnorm=None,
    ),
}
