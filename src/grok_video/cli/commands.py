"""How commands are added and how their help looks: values by their names, no Python types."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getdoc
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


class Command(TyperCommand):
    """A command whose help shows values by their names."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters with a metavar each."""
        return [_named(param) for param in super().get_params(ctx)]


class Group(TyperGroup):
    """A group whose help shows values by their names."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters with a metavar each."""
        return [_named(param) for param in super().get_params(ctx)]


def _named(param: Any) -> Any:
    if param.metavar is None:
        is_flag = isinstance(param, TyperOption) and param.is_flag
        param.metavar = "" if is_flag else (param.name or "").upper()
    if isinstance(param, TyperArgument):
        # Typer shows the type of an argument beside its name, whatever its metavar is.
        param.display_type_rich = _no_type
    return param


def _no_type(ctx: Any) -> str | None:
    return None


class Commands(typer.Typer):
    """A set of commands."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            cls=Group,
            no_args_is_help=True,
            pretty_exceptions_enable=False,
            context_settings={"help_option_names": ["-h", "--help"]},
            **more,
        )

    def add(self, function: Callable[..., Any], name: str | None = None, panel: str | None = None, **more: Any) -> None:
        """Add a function as a command, in a panel of the help."""
        # The help of a terminal wraps paragraphs itself; it would keep the line breaks of the docstring.
        paragraphs = [" ".join(paragraph.split()) for paragraph in (getdoc(function) or "").split("\n\n")]
        self.command(name, cls=Command, rich_help_panel=panel, help="\n\n".join(paragraphs), **more)(function)
