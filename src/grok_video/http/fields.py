"""The fields of a request by any of their names, and which of them nothing was made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ..domain.errors import GrokVideoError, InvalidValue
from ..domain.models import Catalog
from ..domain.request import Source, Upload
from .spellings import MAX_METADATA_VALUE

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
IMAGES_WITHIN = frozenset(name for name in NESTED["metadata"] if "frame" in name or "image" in name)
MAX_IGNORED = 20
MAX_NAME = 64
_IMAGE_BEGINS = ("http://", "https://", "data:", '["http', '["data:')


def _no_link(_url: str, _param: str) -> None:
    return None


@dataclass(slots=True)
class Fields:
    """The fields of a request; remembers the client's name for each, and which names are known.

    `own_link` returns what one of the server's own links means, given the link and the field's name. Without
    `reads_metadata`, all of `metadata` but `video_config` is the caller's own.
    """

    raw: Mapping[str, Any]
    own_link: OwnLink = _no_link
    catalog: Catalog = field(default_factory=Catalog)
    reads_metadata: bool = True
    names: dict[str, str] = field(default_factory=dict[str, str])
    known: set[str] = field(default_factory=set[str])
    used: set[str] = field(default_factory=set[str])
    _nested: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def find(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Yield these fields that are present and not empty as (client's name, value), the nested ones last."""
        self.known.update(names)
        for name in names:
            value = self.raw.get(name)
            if value is not None and value != "":
                yield name, value
        for outer, inner in NESTED.items():
            for name in names:
                if name in inner and (outer != "metadata" or self.reads_metadata):
                    yield from self._find_nested(outer, name)

    def _find_nested(self, outer: str, name: str) -> Iterator[tuple[str, Any]]:
        value, full = self.nested(outer).get(name), f"{outer}.{name}"
        if outer == "metadata" and name in IMAGES_WITHIN and not _is_image(value):
            # The caller's own text under the same name.
            return
        self.known.add(full)
        if value is not None and value != "":
            yield full, value

    def find_images(self, *names: str) -> list[tuple[str, Any]]:
        """Return these fields as `find` does; those within `metadata` only where there are no others."""
        found = list(self.find(*names))
        outside = [(name, value) for name, value in found if not name.startswith("metadata.")]
        if outside:
            self.known.difference_update(name for name, _ in found if name.startswith("metadata."))
        self.used.update(name for name, _ in outside or found)
        return outside or found

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
        """Return an object among the fields, which a form sends as JSON text, empty if there is none.

        Raises InvalidValue for a `metadata` that is anything else.
        """
        if outer not in self._nested:
            self._nested[outer] = self._metadata() if outer == "metadata" else self._object(outer)
        return self._nested[outer]

    def _metadata(self) -> Mapping[str, Any]:
        self.known.add("metadata")
        value = as_object(self.raw.get("metadata") or {}, "metadata")
        if value is not None and not isinstance(value, Mapping):
            raise InvalidValue(f"metadata is a {type(value).__name__}; send an object.", param="metadata")
        return cast("Mapping[str, Any]", value or {})

    def _object(self, outer: str) -> Mapping[str, Any]:
        """Return an object, or else that within `metadata`; what is no object stays unknown."""
        for name, raw in ((outer, self.raw.get(outer)), (f"metadata.{outer}", self.nested("metadata").get(outer))):
            try:
                value = as_object(raw, name)
            except InvalidValue:
                continue
            if isinstance(value, Mapping):
                self.known.add(name)
                self.used.add(name)
                return cast("Mapping[str, Any]", value)
        return {}

    def own_metadata(self) -> dict[str, Any]:
        """Return what of `metadata` is the caller's own: all but images and settings that stand in it."""
        own = dict(self.nested("metadata"))
        for name in (*IMAGES_WITHIN, "video_config"):
            if f"metadata.{name}" in self.used or not isinstance(own.get(name), str):
                own.pop(name, None)
        return own

    def ignored(self) -> tuple[str, ...]:
        """Return the names of fields that nothing asked for, or whose value was not understood, at most 20."""
        names = [name for name in self.raw if name not in self.known]
        for outer, inner in NESTED.items():
            # The rest of metadata is the caller's own.
            within = [name for name in self.nested(outer) if outer != "metadata" or name in inner]
            if outer == "metadata" and not self.reads_metadata:
                continue
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


def _is_image(value: Any) -> bool:
    """Check whether a value within `metadata` is an image, by its look.

    It is a URL, a text longer than the caller's own may be, an object with one of them, or a list of such.
    """
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return bool(items) and all(_is_image(item) for item in items)
    if isinstance(value, str):
        return len(value) > MAX_METADATA_VALUE or value[:8].lower().startswith(_IMAGE_BEGINS)
    keys = set(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else set[str]()
    return not keys.isdisjoint(("url", "image_url", "file_id"))


def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:MAX_NAME])
