"""Which version a name means that a fine-tuned one is to go on from."""

from forecasting.errors import NotFoundError, RecipeError
from forecasting.store.manifest import Parent
from forecasting.store.store import ModelStore


def find_base(store: ModelStore, name: str) -> Parent:
    """The version that `name` means: `model/3`, or `model` for what it serves by default.

    Raises RecipeError where there is none, BrokenVersionError for damaged aliases.
    """
    model, _, number = name.partition("/")
    version = int(number) if number else store.default_version(model)
    try:
        if version is None:
            raise store.unknown(model)
        store.folder(model, version)
    except NotFoundError as error:
        raise RecipeError(error.message, code="base_not_found", path=("base",)) from error
    return Parent(model=model, version=version)
