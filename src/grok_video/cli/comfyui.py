"""The commands about ComfyUI workflows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from .commands import Commands

PANEL = "Run a server"
Workflows = Annotated[
    list[str] | None, typer.Argument(metavar="[WORKFLOW]...", help="shipped workflows or files; default: all in use")
]


def register(app: Commands) -> None:
    """Add the commands."""
    comfyui = Commands(help="Check workflows of the comfyui backend.")
    comfyui.add(check)
    app.add_typer(comfyui, name="comfyui", rich_help_panel=PANEL)


def check(
    workflows: Workflows = None,
    url: Annotated[str | None, typer.Option("--url", help="ComfyUI's URL; default: that of the settings")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="path of a grok-video.toml")] = None,
) -> None:
    """Check workflows against a ComfyUI: nodes, inputs, files and placeholders; the exit code is 1 for any problem."""
    from .starting import explained

    with explained():
        findings = dict(_findings(workflows, url, config))
    for line in findings:
        typer.echo(line)
    if any(findings.values()):
        raise typer.Exit(1)


def _findings(workflows: list[str] | None, url: str | None, config: Path | None) -> Iterator[tuple[str, bool]]:
    """Yield lines, each with whether it tells a problem."""
    from ..backends.comfyui.check import object_info, workflow_problems
    from ..backends.comfyui.options import ComfyuiOptions
    from ..backends.comfyui.workflows import read_workflow
    from ..domain.errors import InvalidOptions, Unavailable
    from ..settings import load_settings

    options = load_settings(config).backend_options("comfyui")
    if url is not None:
        options["base_url"] = url
    if not options.get("base_url"):
        raise InvalidOptions("Which ComfyUI? Give --url, or set GROK_VIDEO_COMFYUI_BASE_URL.")
    read = ComfyuiOptions.read("comfyui", options)
    for base_url in read.base_urls:
        try:
            info = object_info(base_url, read.api_key)
        except Unavailable as error:
            yield error.message, True
            continue
        for name in workflows or read.workflow_names():
            found = workflow_problems(read_workflow(name), info)
            yield from ((f"{base_url}: {name}: {problem}", True) for problem in found)
            if not found:
                yield f"{base_url}: {name}: ok", False
