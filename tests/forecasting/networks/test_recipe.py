import pytest

from forecasting.errors import RecipeError
from forecasting.networks.recipe import RECIPES, Recipe, choose_recipe, parse_recipe, resolve


def test_a_named_recipe_is_found() -> None:
    assert parse_recipe("gru") is RECIPES["gru"]


def test_fields_left_out_are_those_of_lstm() -> None:
    assert parse_recipe({"cell": "gru"}) == RECIPES["lstm"].model_copy(update={"cell": "gru"})


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"cell": "transformer"}, ("cell",)),
        ({"units": []}, ("units",)),
        ({"dropout": 1}, ("dropout",)),
        ({"quantiles": [0.1, 1.5]}, ("quantiles", 1)),
        ({"quantiles": [0.5, 0.1]}, ()),
        ({"quantiles": [0.1, 0.9]}, ()),
        ({"epoch": 3}, ("epoch",)),
        ({"epochs": True}, ("epochs",)),
        ({"units": ["32"]}, ("units", 0)),
        ({"padding": "yes"}, ("padding",)),
        ({"search": True, "patience": None}, ()),
        ({"season_length": 12, "context_length": 6}, ()),
    ],
)
def test_refuses_fields_that_make_no_sense(
    given: dict[str, object], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(RecipeError) as refused:
        parse_recipe(given)
    assert refused.value.path == path


def test_refuses_an_unknown_name_and_lists_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="lstm, gru, covariates, fine-tune, simple-rnn"):
        parse_recipe("prophet")


def test_resolve_reads_what_is_open_from_the_data() -> None:
    resolved = resolve(Recipe(), horizon=None, season_length=12)
    assert (resolved.horizon, resolved.season_length, resolved.anchor) == (12, 12, "season")
    assert resolved.context_length >= 24


def test_resolve_anchors_on_the_last_value_where_there_is_no_season() -> None:
    assert resolve(Recipe(), horizon=3, season_length=1).anchor == "last"


def test_resolve_gives_lags_to_series_with_covariates_alone() -> None:
    recipe = RECIPES["covariates"].model_copy(update={"lags": (12,)})
    assert resolve(recipe, horizon=None, season_length=12).lags is None
    with_covariates = resolve(recipe, horizon=None, season_length=48, lags=(48, 336))
    assert (with_covariates.lags, with_covariates.context_length) == ((12,), 48)
    assert (with_covariates.history_length, with_covariates.shortest_context) == (60, 12)


def test_resolve_keeps_what_the_recipe_says() -> None:
    resolved = resolve(RECIPES["simple-rnn"], horizon=None, season_length=12)
    assert (resolved.context_length, resolved.horizon, resolved.anchor) == (10, 1, "none")


def test_simple_rnn_is_the_textbook_baseline() -> None:
    recipe = RECIPES["simple-rnn"]
    assert (recipe.cell, recipe.units, recipe.loss) == ("simple_rnn", (50,), "mse")
    assert (recipe.context_length, recipe.horizon, recipe.scaler) == (10, 1, "min_max")
    assert (recipe.epochs, recipe.batch_size, recipe.test_fraction) == (20, 16, 0.2)
    assert (recipe.patience, recipe.dropout, recipe.clipnorm) == (None, 0, None)


def test_a_base_stands_in_place_of_a_recipe() -> None:
    assert choose_recipe(None, None) is RECIPES["auto"]
    assert choose_recipe(None, "sales/3").base == "sales/3"
    with pytest.raises(RecipeError, match="not both"):
        choose_recipe("gru", "sales/3")
    with pytest.raises(RecipeError):
        choose_recipe(None, "../sales")


@pytest.mark.parametrize("part", ["test_fraction", "validation_fraction"])
def test_a_part_that_leaves_nothing_to_train_on_is_refused(part: str) -> None:
    with pytest.raises(RecipeError) as refused:
        parse_recipe({part: 0.9999999999999999})
    assert refused.value.path == (part,)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"search": True, "units": [64], "epochs": 3, "lags": [3]}, "units, lags, epochs would"),
        ({"search": True, "scaler": "standard"}, "scaler would not be used with"),
        ({"time_limit_s": 60}, "time_limit_s would not be used without"),
    ],
)
def test_fields_that_a_training_does_not_use_are_refused(
    given: dict[str, object], named: str
) -> None:
    for recipe in (given, Recipe.model_validate(given)):
        with pytest.raises(RecipeError) as refused:
            choose_recipe(recipe, None)
        assert refused.value.code == "recipe_fields_not_used"
        assert refused.value.path == ("recipe", named.partition(" ")[0].strip(","))
        assert named in refused.value.message


def test_fields_that_a_search_uses_and_those_of_auto_are_taken() -> None:
    shorter = {"search": True, "patience": 2, "time_limit_s": 60, "horizon": 3}
    assert choose_recipe(shorter, None).time_limit_s == 60
    for name in ("auto", "lstm"):
        assert choose_recipe(RECIPES[name].model_dump(), None) == RECIPES[name]
