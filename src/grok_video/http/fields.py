"""The fields of a request by any of their names, and which of them nothing was made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ..domain.errors import GrokVideoError, InvalidValue
from ..domain.models import Catalog
from ..domain.request import Source, Upload

T = TypeVar("T")
OwnLink = Callable[[str, str], Source | None]

# What clients send within another object; whatever else `metadata` holds is the caller's own.
NESTED: Mapping[str, frozenset[str]] = {
    "video_config": frozenset(
        "video_length seconds duration aspect_ratio ratio orientation size resolution resolution_name quality".split()
    ),
    "metadata": frozenset(
        "first_frame_image first_frame last_frame_image last_frame image_tail image_end image_urls aspect_ratio "
        "resolution orientation quality".split()
    ),
}
MAX_IGNORED = 20
MAX_NAME = 64


def _no_link(_url: str, _param: str) -> None:
    return None


@dataclass(slots=True)
class Fields:
    """The fields of a request; remembers the client's name for each, and which names are known.

    `own_link` returns what one of the server's own links means, given the link and the field's name.
    """

    raw: Mapping[str, Any]
    own_link: OwnLink = _no_link
    catalog: Catalog = field(default_factory=Catalog)
    names: dict[str, str] = field(default_factory=dict[str, str])
    known: set[str] = field(default_factory=set[str])
    _nested: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def find(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Yield these fields that are present and not empty as (client's name, value), the nested ones last."""
        self.known.update(names)
        for name in names:
            value = self.raw.get(name)
            if value is not None and value != "":
                yield name, value
        for outer, inner in NESTED.items():
            nested = [name for name in names if name in inner]
            self.known.update(f"{outer}.{name}" for name in nested)
            for name in nested:
                value = self.nested(outer).get(name)
                if value is not None and value != "":
                    yield f"{outer}.{name}", value

    def take(self, canonical: str, *names: str) -> Any:
        """Return the first of these fields that is present and not empty, or None; raise InvalidValue for a file."""
        for name, value in self.find(*(names or (canonical,))):
            if isinstance(value, Upload):
                raise InvalidValue(f"{name} is a file; send a text.", param=name)
            self.names[canonical] = name
            return value
        return None

    def read(self, canonical: str, parse: Callable[[Any], T], *names: str) -> T | None:
        """Return the first of these fields as parsed, or None.

        Raises InvalidValue, but not for a value of `metadata`: it may be the caller's own, and is ignored.
        """
        value = self.take(canonical, *names)
        if value is None:
            return None
        try:
            return parse(value)
        except InvalidValue:
            name = self.names[canonical]
            if not name.startswith("metadata."):
                raise
            self.known.discard(name)
            return None

    def nested(self, outer: str) -> Mapping[str, Any]:
        """Return an object among the fields, which a form sends as JSON text; raise InvalidValue for anything else."""
        if outer not in self._nested:
            self.known.add(outer)
            value = as_object(self.raw.get(outer) or self._within_metadata(outer) or {}, outer)
            if not isinstance(value, Mapping):
                raise InvalidValue(f"{outer} is a {type(value).__name__}; send an object.", param=outer)
            self._nested[outer] = cast("Mapping[str, Any]", value)
        return self._nested[outer]

    def _within_metadata(self, outer: str) -> Any:
        return None if outer == "metadata" else self.nested("metadata").get(outer)

    def ignored(self) -> tuple[str, ...]:
        """Return the names of fields that nothing asked for, or whose value was not understood, at most 20."""
        names = [name for name in self.raw if name not in self.known]
        for outer, inner in NESTED.items():
            # The rest of metadata is the caller's own.
            within = [name for name in self.nested(outer) if outer != "metadata" or name in inner]
            names += [full for name in within if (full := f"{outer}.{name}") not in self.known]
        return tuple(_printable(name) for name in names[:MAX_IGNORED])

    def with_client_name(self, error: GrokVideoError) -> GrokVideoError:
        """Return the error with the client's own name for its field."""
        name = self.names.get(error.param or "")
        if name and name != error.param:
            error.message = error.message.replace(f"{error.param} ", f"{name} ", 1)
            error.param = name
        return error


def as_object(value: Any, name: str) -> Any:
    """Return an object that a form can only send as JSON text; raise InvalidValue for another text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise InvalidValue(f"{name} is not a JSON object.", param=name) from None
    return value


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:MAX_NAME])
