"""Write the reference pages that follow from the code: `make docs-reference`. A test keeps them true."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from inspect import getdoc
from pathlib import Path
from typing import Any

from grok_video.domain import errors as domain_errors
from grok_video.domain.errors import BackendError, Cancelled, GrokVideoError
from grok_video.http.errors import STATUSES
from grok_video.http.openapi import document
from grok_video.settings import Settings

HERE = Path(__file__).parent
# What no docstring of a class in domain/errors.py says.
ONLY_CODES = {
    "invalid_value": "A field has a value that is not allowed.",
    "internal_error": "Something unexpected went wrong; the server's log says what.",
    "rate_limited": "Too many requests; `Retry-After` says when to come again.",
    "render_crashed": "The child process that drew the video died.",
    "render_out_of_memory": "The video needed more memory than `GROK_VIDEO_RENDER_MEMORY_MIB` allows.",
    "render_timed_out": "Drawing took longer than it may.",
    "wrong_output": "The backend's file is not what was asked for, in size or length.",
    "storage_error": "The server could not read or write a file.",
    "source_missing": "The video it starts from is gone.",
}
COMMANDS = (
    "serve", "worker", "create", "remix", "extend", "wait", "cancel", "get", "list", "watch", "download", "delete",
    "open", "mcp", "keys", "keys create", "keys list", "keys revoke", "models", "doctor", "demo",
)  # fmt: skip


def pages() -> dict[str, str]:
    """Give the generated pages by file name."""
    return {"api.md": api(), "errors.md": errors(), "settings.md": settings(), "cli.md": cli()}


def api() -> str:
    """Describe the routes of both formats from the OpenAPI document."""
    described = document("x")
    lines = [
        "# API", "",
        "The routes, from the server's own `/openapi.json`, which also has every schema. Every answer that refuses has"
        " [one shape](errors.md). Everything but the health routes wants `Authorization: Bearer KEY`.", "",
    ]  # fmt: skip
    groups = {
        "OpenAI format": lambda path: path.startswith("/v1/videos"),
        "Unified format": lambda path: path.startswith("/v1/video/"),
        "Everything else": lambda path: not path.startswith("/v1/video"),
    }
    for title, wanted in groups.items():
        lines += [f"## {title}", ""]
        for path, ways in described["paths"].items():
            if wanted(path):
                for method, operation in ways.items():
                    lines += _operation(method, path, operation)
    lines += ["## What a video looks like", ""]
    for name, title in (("Video", "OpenAI format"), ("UnifiedVideo", "Unified format")):
        lines += [f"### {title}", "", *_table(described["components"]["schemas"][name]["properties"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {method.upper()} {path}", "", f"{operation['summary']}.", "")
    parameters = {
        f"{one['name']} ({one['in']})": {**one["schema"], "required": one.get("required", False)}
        for one in operation.get("parameters", [])
        if "name" in one
    }
    if parameters:
        yield from (*_table(parameters), "")
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        schema = content.get("application/json", next(iter(content.values())))["schema"]
        needed = set(schema.get("required", []))
        fields = {name: {**one, "required": name in needed} for name, one in schema.get("properties", {}).items()}
        yield from (f"Body: {', '.join(content)}.", "", *_table(fields), "")


def _table(fields: dict[str, Any]) -> Iterator[str]:
    yield from ("| field | type | |", "|---|---|---|")
    for name, schema in fields.items():
        needed = " (required)" if schema.get("required") is True else ""
        yield f"| `{name}`{needed} | {_type(schema)} | {_note(schema)} |"


def _type(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _note(schema: dict[str, Any]) -> str:
    notes = [schema["description"].rstrip(".")] if "description" in schema else []
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        notes.append(f"{low} to {high}")
    if "maxLength" in schema:
        notes.append(f"at most {schema['maxLength']} characters")
    return "; ".join(notes)


def errors() -> str:
    """List the codes: those of answers, and those of videos that failed."""
    classes = {one.code: one for one in _classes(GrokVideoError)}
    refusals = [
        f"| `{code}` | {status} | `{kind}` | {_said(classes, code)} |" for code, (status, kind) in STATUSES.items()
    ]
    failures = sorted(
        {one.code for one in _classes(BackendError)}
        | {code for code in ONLY_CODES if code not in STATUSES}
        | {"internal_error"}
    )
    return "\n".join([
        "# Errors", "",
        "Every refusal, of every route and method, has this shape; `message` says what to do, `param` names the field"
        " as it was sent:", "",
        "```json",
        '{"error": {"message": "size is \'4K\'; use 720P or 1080P.", "type": "invalid_request_error", "param": "size",'
        ' "code": "invalid_value"},',
        ' "code": "invalid_value", "message": "size is \'4K\'; use 720P or 1080P.", "data": null}',
        "```", "",
        "`x-should-retry: false` stands where asking again is useless; `Retry-After` where it is not yet of use.", "",
        "## Refusals", "", "| code | status | type | |", "|---|---|---|---|", *refusals, "",
        "## Videos that failed", "",
        "A video's own `error` has one of these; its status is `failed`.", "", "| code | |", "|---|---|",
        *[f"| `{code}` | {_said(classes, code)} |" for code in failures], "",
    ])  # fmt: skip


def _classes(root: type[GrokVideoError]) -> Iterator[type[GrokVideoError]]:
    yield root
    for one in root.__subclasses__():
        if one.__module__ == domain_errors.__name__:
            yield from _classes(one)


def _said(classes: dict[str, type[GrokVideoError]], code: str) -> str:
    if code == Cancelled.code:
        return "It was cancelled before it was finished."
    found = next((one for one in _classes(GrokVideoError) if one.code == code), classes.get(code))
    text = ONLY_CODES.get(code) or (getdoc(found) if found else None)
    if text is None:
        raise KeyError(f"nothing says what {code} means")
    return text.partition("\n")[0]


def settings() -> str:
    """List what an operator can set."""
    lines = [
        "# Settings", "",
        "By flag, environment, or a TOML file given with `--config` (names in lower case, without the prefix);"
        " flag over environment over file.", "", "| setting | default | |", "|---|---|---|",
    ]  # fmt: skip
    for name, field in Settings.model_fields.items():
        if name in ("models", "backends"):
            continue
        default = "" if field.default_factory is not None or field.default is None else f"`{field.default}`"
        lines.append(f"| `GROK_VIDEO_{name.upper()}` | {default} | {field.description} |")
    lines += [
        "| `GROK_VIDEO_BASE_URL` | `http://127.0.0.1:8000` | of the client and the command line: the server |",
        "",
    ]
    lines += ["Routes by model (`[models.NAME]`) and options of a backend (`[backends.NAME]`) stand in the file alone:"
              " see [backends](../backends.md).", ""]  # fmt: skip
    return "\n".join(lines)


def cli() -> str:
    """Copy what every command says to --help."""
    helps = _helps(["", *COMMANDS])
    lines = [
        "# Command line", "",
        "Data goes to stdout, as JSON where that is no terminal; talk to stderr. Exit codes: 0 completed, 1 failed,"
        " 2 usage, 4 the key is missing or refused, 124 waiting timed out, 130 interrupted (the task goes on).", "",
        "```text", helps[0], "```", "",
    ]  # fmt: skip
    for command, said in zip(COMMANDS, helps[1:], strict=True):
        lines += [f"## {command}", "", "```text", said, "```", ""]
    return "\n".join(lines)


ASK = """
import sys
from grok_video.cli.app import app
for command in sys.argv[1:]:
    try:
        app([*command.split(), "--help"], prog_name="grok-video")
    except SystemExit:
        print(chr(0))
"""


def _helps(commands: Sequence[str]) -> list[str]:
    """Ask one process of fixed width for the help of every command."""
    plain = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "_TYPER_FORCE_DISABLE_TERMINAL": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", ASK, *commands], env={**os.environ, **plain}, capture_output=True, text=True, check=True
    )
    said = ran.stdout.split("\0\n")[:-1]
    return ["\n".join(line.rstrip() for line in one.splitlines()).strip() for one in said]


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
