"""Which keys exist: the models walked as data.

What: the keys below a path, the model behind it, and every key with its declaration.
Why: one source for "did you mean", environment names, the documentation table and the
test that the example file shows every key.
"""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncer.settings.root import Settings
from syncer.settings.section import keys_of
from syncer.settings.tree import Key, Path

ANY_NAME = "*"  # stands for a name or position in a path
DEPTH_MAX = 12


def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The models that a value of this type may be, through unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        return tuple(model for part in get_args(annotation) for model in models_in(part))
    return ()


def entry_type(annotation: Any) -> Any:
    """The type of a dict's values or a tuple's entries, else None."""
    origin = get_origin(annotation)
    if origin in {Annotated, Union, UnionType}:
        return next((found for part in get_args(annotation) if (found := entry_type(part))), None)
    if origin in {dict, tuple, list}:
        parts = [part for part in get_args(annotation) if part is not Ellipsis]
        return parts[-1]
    return None


def types_at(path: Sequence[Key], root: Any = Settings) -> tuple[Any, ...]:
    """Every type the value at ``path`` may have; empty when nothing is declared there."""
    types: tuple[Any, ...] = (root,)
    for key in path:
        types = tuple(found for kind in types for found in _below(kind, key))
    return types


def _below(kind: Any, key: Key) -> Iterator[Any]:
    for model in models_in(kind):
        name = keys_of(model).get(str(key))
        if name is not None:
            yield model.model_fields[name].annotation
    inner = entry_type(kind)
    if inner is not None:
        yield inner


def keys_at(path: Sequence[Key], root: Any = Settings) -> tuple[str, ...]:
    """The keys that may stand below ``path``."""
    models = [model for kind in types_at(path, root) for model in models_in(kind)]
    return tuple(dict.fromkeys(key for model in models for key in keys_of(model)))


def declared(root: type[BaseModel] = Settings, path: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Every key with its declaration, parents first; names and positions appear as ``*``."""
    if len(path) > DEPTH_MAX:
        return
    for key, name in keys_of(root).items():
        field = root.model_fields[name]
        here = (*path, key)
        yield here, field
        yield from _inside(field.annotation, here)


def _inside(annotation: Any, path: Path) -> Iterator[tuple[Path, FieldInfo]]:
    for model in models_in(annotation):
        yield from declared(model, path)
    inner = entry_type(annotation)
    if inner is not None:
        yield from _inside(inner, (*path, ANY_NAME))


def key_paths() -> list[tuple[str, ...]]:
    """Paths of keys below sections, without names in them: what a variable usually says."""
    paths = [tuple(str(key) for key in path) for path, _ in declared() if ANY_NAME not in path]
    above = {path[:-1] for path in paths}
    return [path for path in paths if len(path) > 1 and path not in above]
