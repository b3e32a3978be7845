"""Templates of request bodies as data: `{name}` stands for a value, `each` for a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

_NAME = re.compile(r"\{(\w+)\}")
# What a template in an `each` can name beside all other values.
ITEM, NUMBER = "item", "number"


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Return a template with every `{name}` replaced; unknown names stay as they are.

    A text that is nothing but `{name}` becomes the value itself, of whatever type; within a longer text the value
    becomes text. `{"each": "images", "as": …}` becomes a list: `as` is filled for every value of `images`, with
    `{item}` and its `{number}`, from 1.
    """
    if isinstance(template, str):
        return _filled_text(template, values)
    if isinstance(template, Mapping):
        table = cast("Mapping[str, Any]", template)
        if set(table) == {"each", "as"}:
            return list(_each(table, values))
        return {name: fill(value, values) for name, value in table.items()}
    if isinstance(template, Sequence):
        return [fill(value, values) for value in cast("Sequence[Any]", template)]
    return template


def names_in(template: Any) -> frozenset[str]:
    """Return the names that a template uses."""
    if isinstance(template, str):
        return frozenset(_NAME.findall(template))
    if isinstance(template, Mapping):
        table = cast("Mapping[str, Any]", template)
        named = frozenset[str]().union(*map(names_in, table.values()))
        return named - {ITEM, NUMBER} | {str(table["each"])} if set(table) == {"each", "as"} else named
    if isinstance(template, Sequence):
        return frozenset[str]().union(*map(names_in, cast("Sequence[Any]", template)))
    return frozenset()


def _filled_text(template: str, values: Mapping[str, Any]) -> Any:
    whole = _NAME.fullmatch(template)
    if whole and whole[1] in values:
        return values[whole[1]]
    return _NAME.sub(lambda match: str(values.get(match[1], match[0])), template)


def _each(template: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Any]:
    for number, item in enumerate(values[template["each"]], 1):
        yield fill(template["as"], {**values, ITEM: item, NUMBER: number})
