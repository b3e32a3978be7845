"""What the query of a list says: its page and its filters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from ..domain.errors import InvalidValue
from ..domain.models import Catalog
from ..domain.request import Operation
from ..domain.task import TaskStatus
from ..ports import Filters
from .sources import task_source
from .spellings import parse_number

MAX_WORDS = 20


def read_page(query: Mapping[str, str], catalog: Catalog) -> tuple[int, bool, UUID | None, Filters]:
    """Return what ?limit=, ?order=, ?after= and the filters of a list say; raise InvalidValue or VideoNotFound."""
    limit = parse_number(query.get("limit", "20"), "limit")
    if not limit.is_integer() or not 0 <= limit <= 100:
        raise InvalidValue(f"limit is {query['limit'][:40]!r}; send 0 to 100.", param="limit")
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise InvalidValue(f"order is {order[:40]!r}; send asc or desc.", param="order")
    after = task_source(query["after"], "after").task_id if query.get("after") else None
    return int(limit), order == "asc", after, _filters(query, catalog)


def _filters(query: Mapping[str, str], catalog: Catalog) -> Filters:
    """Return the filters of ?search=, ?status= (comma-separated), ?model= and ?operation=."""
    if any("\x00" in value for value in query.values()):
        raise InvalidValue("The query contains a NUL character.", param="search")
    statuses = [
        TaskStatus(_one_of("status", status, TaskStatus)) for status in query.get("status", "").split(",") if status
    ]
    operation = query.get("operation")
    model = query.get("model")
    return Filters(
        words=tuple(query.get("search", "").split()[:MAX_WORDS]),
        statuses=frozenset(statuses),
        operation=Operation(_one_of("operation", operation, Operation)) if operation else None,
        model=catalog.find(model).name if model else None,
    )


def _one_of(name: str, value: str, allowed: type[StrEnum]) -> str:
    if value not in list(allowed):
        raise InvalidValue(f"{name} is {value[:40]!r}; send one of: {', '.join(allowed)}.", param=name)
    return value
