"""Write the reference pages from the code: `make docs-reference`. A test checks that they are current."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from inspect import getdoc
from pathlib import Path
from typing import Any

from grok_video.backends.animatic.scene_document import scene_schema
from grok_video.domain.errors import BackendError, Cancelled, GrokVideoError
from grok_video.http.errors import STATUSES
from grok_video.http.openapi import document
from grok_video.settings import Settings

HERE = Path(__file__).parent
# Codes that no class in domain/errors.py describes, or that are described better here.
ONLY_CODES = {
    "invalid_value": "A field has a value that is not allowed.",
    "internal_error": "An unexpected error occurred; see the server's log.",
    "render_crashed": "The child process that drew the video died.",
    "render_out_of_memory": "The video needed more memory than `GROK_VIDEO_RENDER_MEMORY_MIB` allows.",
    "render_timed_out": "Drawing took longer than allowed.",
    "render_too_large": "A file became larger than allowed.",
    "too_many_connections": "The server, or your address, has as many connections as it may have.",
    "wrong_output": "The backend's file does not have the requested size or length.",
    "storage_error": "The server could not read or write a file.",
}
# What settings without a fixed default are when they are not set.
UNSET = {
    "data_dir": "`~/.local/share/grok-video`",
    "database_url": "SQLite in the data folder",
    "storage_url": "the data folder",
    "storage_links_endpoint": "the server's own",
    "public_url": "the request's own",
    "api_key": "made at the first start",
    "backend": "`xai` if its key is set, else `animatic`",
    "xai_base_url": "xAI's own",
    "concurrency": "number of cores",
    "worker_backends": "all in use",
    "allow_networks": "none",
    "trusted_proxies": "none",
    "cors_origins": "none",
    "max_connections": "by the limit of file descriptors, up to 8192",
    "min_free_mib": "1024, or 5 % of the disk if that is less",
    "expire_after_hours": "never",
    "max_storage_mib": "unlimited",
    "concurrency_per_key": "unlimited",
    "concurrency_per_address": "unlimited",
    "rpm_per_key": "unlimited",
    "rpm_per_address": "unlimited",
}
COMMANDS = (
    "serve", "worker", "create", "remix", "extend", "wait", "cancel", "get", "list", "watch", "download", "delete",
    "keep", "open", "models", "read", "scene", "scene show", "scene lint", "scene schema", "login", "logout",
    "config", "keys", "keys create", "keys list", "keys limit",
    "keys rotate", "keys revoke", "keys purge", "sessions", "sessions list", "sessions end", "audit", "doctor",
    "demo", "mcp", "comfyui", "comfyui check",
)  # fmt: skip


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    return {
        "api.md": api(),
        "errors.md": errors(),
        "settings.md": settings(),
        "cli.md": cli(),
        "scene.schema.json": scene(),
    }


def scene() -> str:
    """Return the JSON Schema of a scene of the animatic."""
    return json.dumps(scene_schema(), indent=1, ensure_ascii=False) + "\n"


def api() -> str:
    """Describe the routes by group from the OpenAPI document, each with a request and a response."""
    described = document("x")
    lines = [
        "# API", "",
        "The routes, from the server's own `/openapi.json`, which also contains every schema. A running server shows"
        " them at `/docs`, where requests can be tried. All errors have [the same shape](errors.md). All routes except"
        " the health routes require `Authorization: Bearer KEY`. Bodies are JSON, multipart or urlencoded forms.", "",
    ]  # fmt: skip
    for tag in described["tags"]:
        lines += [f"## {tag['name']}", ""]
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag["name"]]:
                    lines += _operation(method, path, operation)
    lines += ["## Video objects", ""]
    for name, title in (("Video", "OpenAI format"), ("UnifiedVideo", "Unified format")):
        fields = described["components"]["schemas"][name]["properties"]
        lines += [f"### {title}", "", "| field | type |", "|---|---|"]
        lines += [f"| `{field}` | {_type(schema)} |" for field, schema in fields.items()]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield from (f"### {method.upper()} {path}", "", f"{operation['summary']}.", "")
    parameters = {
        f"{parameter['name']} ({parameter['in']})": {
            **parameter["schema"],
            "required": parameter.get("required", False),
        }
        for parameter in operation.get("parameters", [])
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    required = set(content.get("schema", {}).get("required", []))
    properties = content.get("schema", {}).get("properties", {})
    fields = {name: {**field, "required": name in required} for name, field in properties.items()}
    if parameters or fields:
        yield from (*_table({**parameters, **fields}), "")
    for example in content.get("examples", {}).values():
        yield from (f"Request, {example['summary'][0].lower()}{example['summary'][1:]}:", "", *_json(example["value"]))
    accepted = operation["responses"].get("200") or operation["responses"]["202"]
    response = accepted["content"].get("application/json", {})
    if "example" in response:
        yield from ("Response:", "", *_json(response["example"]))


def _json(value: Any) -> Iterator[str]:
    yield from ("```json", *json.dumps(value, ensure_ascii=False, indent=2).splitlines(), "```", "")


def _table(fields: dict[str, Any]) -> Iterator[str]:
    yield from ("| field | type | default | |", "|---|---|---|---|")
    for name, schema in fields.items():
        yield f"| `{name}` | {_type(schema)} | {_default(schema)} | {_note(schema)} |"


def _default(schema: dict[str, Any]) -> str:
    if schema.get("required") is True:
        return "required"
    if "default" in schema:
        return f"`{json.dumps(schema['default'])}`"
    return str(schema.get("x-default", "none"))


def _type(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(choice) for choice in schema["anyOf"]))
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
    """Return the page of the error codes of responses and of failed videos."""
    responses = [f"| `{code}` | {status} | `{kind}` | {_meaning(code)} |" for code, (status, kind) in STATUSES.items()]
    failures = sorted(
        {error.code for error in _classes(BackendError)}
        | {code for code in ONLY_CODES if code not in STATUSES}
        | {"internal_error"}
    )
    return "\n".join([
        "# Errors", "",
        "Every error response, of every route and method, has this shape. `message` says what to do; `param` names"
        " the field as it was sent:", "",
        "```json",
        '{"error": {"message": "prompt is missing or empty: describe what the video shows.", "type":',
        ' "invalid_request_error", "param": "prompt", "code": "missing_field"}, "code": "missing_field",',
        ' "message": "prompt is missing or empty: describe what the video shows.", "data": null}',
        "```", "",
        "`x-should-retry: false` is set when retrying is pointless; `Retry-After` says how long to wait"
        " before a retry.", "",
        "## Error responses", "", "| code | status | type | |", "|---|---|---|---|", *responses, "",
        "## Failed videos", "",
        "The `error` of a video whose status is `failed` has one of these codes.", "", "| code | |", "|---|---|",
        *[f"| `{code}` | {_meaning(code)} |" for code in failures], "",
    ])  # fmt: skip


def _classes(root: type[GrokVideoError]) -> Iterator[type[GrokVideoError]]:
    yield root
    for child in root.__subclasses__():
        yield from _classes(child)


def _meaning(code: str) -> str:
    if code == Cancelled.code:
        return "The task was cancelled before completion."
    kind = next((error for error in _classes(GrokVideoError) if error.code == code), None)
    text = ONLY_CODES.get(code) or (getdoc(kind) if kind else None)
    if text is None:
        raise KeyError(f"no class and no entry describes {code}")
    return text.partition("\n")[0]


def settings() -> str:
    """Return the page of the settings."""
    lines = [
        "# Settings", "",
        "Set them by flag, by environment variable, or in a TOML file given with `--config` (names in lower case,"
        " without the prefix). Flags take precedence over the environment, the environment over the file.", "",
        "| setting | default | |", "|---|---|---|",
    ]  # fmt: skip
    for name, field in Settings.model_fields.items():
        if name in ("models", "backends", "llm"):
            continue
        default = UNSET.get(name, "not set") if field.default is None or field.default_factory else f"`{field.default}`"
        lines.append(f"| `GROK_VIDEO_{name.upper()}` | {default} | {field.description} |")
    lines += [
        "| `GROK_VIDEO_BASE_URL` | `http://127.0.0.1:8000` | the server that the client and the command line use |",
        "",
    ]
    lines += [
        "Other names of models (`[aliases]`), routes by model (`[models.NAME]`) and options of backends "
        "(`[backends.NAME]`) can be set in the file only, and so can `[llm] director`: see [backends](../backends.md).",
        "",
    ]
    return "\n".join(lines)


def cli() -> str:
    """Return the page of the --help of every command."""
    helps = _helps(["", *COMMANDS])
    lines = [
        "# Command line", "",
        "Data goes to stdout, as JSON if stdout is not a terminal; messages go to stderr. Exit codes: 0 completed,"
        " 1 failed, 2 usage error, 4 API key missing or rejected, 124 wait timed out, 130 interrupted"
        " (the task continues).", "",
        "```text", helps[0], "```", "",
    ]  # fmt: skip
    for command, text in zip(COMMANDS, helps[1:], strict=True):
        lines += [f"## {command}", "", "```text", text, "```", ""]
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
    """Return the help of every command, printed by one process with a fixed width."""
    plain = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "_TYPER_FORCE_DISABLE_TERMINAL": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", ASK, *commands], env={**os.environ, **plain}, capture_output=True, text=True, check=True
    )
    texts = ran.stdout.split("\0\n")[:-1]
    return ["\n".join(line.rstrip() for line in text.splitlines()).strip() for text in texts]


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
