"""The table of clients: which unmodified clients the tests run, in which version, and what they do with the server.

`python -m tests.clients` runs their tests and, if all pass, writes docs/reference/clients.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "clients.md"
FEATURES = (
    "text", "first frame", "first and last", "references", "remix or edit", "extend", "wait", "download", "list",
    "delete", "errors",
)  # fmt: skip


@dataclass(frozen=True)
class Client:
    """One client: how its version is found, what of FEATURES its tests use, and where they are."""

    name: str
    version: Callable[[], str]
    features: tuple[str, ...]
    tests: tuple[str, ...]
    how: str


def _npm(package: str, folder: str = "tests/e2e/javascript") -> str:
    return json.loads((ROOT / folder / "node_modules" / package / "package.json").read_text())["version"]


def _openai_2() -> str:
    command = [str(ROOT / ".venv-openai2" / "bin" / "python"), "-c", "import openai; print(openai.__version__)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _ours() -> str:
    return "this one"


CLIENTS = {
    "openai-3": Client(
        "`openai` (Python)", partial(version, "openai"),
        ("text", "first frame", "references", "remix or edit", "extend", "wait", "download", "list", "delete",
         "errors"),
        ("tests/http/test_sdks.py",), "base URL; `create_and_poll`, extend by `extra_body`",
    ),
    "openai-2": Client(
        "`openai` (Python), version 2", _openai_2,
        ("text", "first frame", "references", "remix or edit", "extend", "wait", "download", "list", "delete",
         "errors"),
        ("tests/http/test_sdks.py",), "the same",
    ),
    "openai-js": Client(
        "`openai` (JavaScript)", partial(_npm, "openai", "tests/e2e/studio"),
        ("text", "first frame", "wait", "download", "delete", "errors"),
        ("tests/e2e/studio/test_other_origin.py",), "base URL; in Chromium, from a page of another origin",
    ),
    "ai-sdk-xai": Client(
        "`@ai-sdk/xai` with `ai`", partial(_npm, "@ai-sdk/xai"),
        ("text", "first frame", "first and last", "references", "remix or edit", "extend", "wait", "errors"),
        ("tests/e2e/javascript/test_ai_sdk.py",), "base URL; `download` is passed, as for any loopback address",
    ),
    "ai-sdk-openrouter": Client(
        "`@openrouter/ai-sdk-provider` with `ai`", partial(_npm, "@openrouter/ai-sdk-provider"),
        ("text", "first frame", "first and last", "references", "remix or edit", "wait", "errors"),
        ("tests/e2e/javascript/test_ai_sdk.py",),
        "base URL; last frame, references and `previous_job_id` by its provider options; `download` is passed",
    ),
    "openrouter-sdk": Client(
        "`@openrouter/sdk`", partial(_npm, "@openrouter/sdk"), ("text", "wait", "download", "errors"),
        ("tests/e2e/javascript/test_ai_sdk.py",), "`serverURL`; models and their abilities too",
    ),
    "grok-video-provider": Client(
        "`grok-video-provider` with `ai`", partial(_npm, "ai"),
        ("text", "first frame", "first and last", "references", "remix or edit", "extend", "wait", "download",
         "errors"),
        ("tests/e2e/javascript/test_provider.py",), "ours; the version is that of `ai`",
    ),
    "newman": Client(
        "`newman` (Postman)", partial(_npm, "newman"), FEATURES[:-1], ("tests/e2e/javascript/test_postman.py",),
        "the collection of `integrations/postman`, every route that makes, reads or deletes",
    ),
    "mcp": Client(
        "`mcp` (Python), as a client", partial(version, "mcp"),
        ("text", "first frame", "remix or edit", "extend", "wait", "download", "list", "errors"),
        ("tests/e2e/test_mcp.py", "tests/e2e/test_mcp_extras.py"), "tools, tasks, resources, questions about costs",
    ),
    "chain": Client(
        "a server of this project, its xai backend", _ours,
        ("text", "first frame", "first and last", "references", "remix or edit", "extend", "wait", "download",
         "errors"),
        ("tests/e2e/backends/test_chain.py",), "`GROK_VIDEO_XAI_BASE_URL`; through xAI's dialect",
    ),
    "cli": Client(
        "the Python client and command line", _ours, FEATURES, ("tests/e2e/test_cli.py",),
        "ours; with every command of the documentation",
    ),
}  # fmt: skip
RUN_BY_HAND = (
    ("Open WebUI", "0.12.4", "models and tools of `integrations/open-webui`, in its chats"),
    ("ComfyUI", "0.3.64", "the nodes of `integrations/comfyui-nodes`, in its workflows"),
    ("n8n", "2.40.7", "its OpenAI node by base URL, and HTTP nodes"),
    ("LiteLLM, library", "1.110.2", "provider `openai/`: create, status, content, remix, errors"),
    ("LiteLLM, proxy", "1.99.4", "create; its requests for status go to api.openai.com, whatever is configured"),
    ("Bruno CLI", "4.1.0", "import of `/openapi.json`"),
)
INTRODUCTION = """# Clients that were run

Which unmodified clients the tests of this project run against a server, and what each of them does there. A tick is a
step of a test that passes; an empty place is one that the client does not have, or that no test takes. The page is
written by `python -m tests.clients`, after these tests have passed.
"""

PICTURES = """## Seen

A page of another origin with the npm package `openai`, and the output of the AI SDK's `generateVideo`, both played in
Chromium; the videos are the animatic's.

![A page of another origin that made and plays a video](../screenshots/browser-client.webp){ width=400 }
![The output of generateVideo, played](../screenshots/generate-video.webp){ width=400 }"""


def page() -> str:
    """Return the page as Markdown."""
    lines = [INTRODUCTION, f"| client | version | {' | '.join(FEATURES)} |", f"|---|---|{'---|' * len(FEATURES)}"]
    for client in CLIENTS.values():
        marks = ["✓" if feature in client.features else "" for feature in FEATURES]
        lines.append(f"| {client.name} | {client.version()} | {' | '.join(marks)} |")
    lines += ["", "| client | how | tests |", "|---|---|---|"]
    lines += [
        f"| {client.name} | {client.how} | {', '.join(f'`{path}`' for path in client.tests)} |"
        for client in CLIENTS.values()
    ]
    lines += ["", "## Run by hand", "", "In the tool itself, in November 2026.", "", "| tool | version | what |"]
    lines += ["|---|---|---|", *(f"| {name} | {number} | {what} |" for name, number, what in RUN_BY_HAND)]
    lines += ["", PICTURES]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the clients' tests, and write the page if they pass."""
    tests = dict.fromkeys(path for client in CLIENTS.values() for path in client.tests)
    code = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", *tests], cwd=ROOT, check=False).returncode
    if code == 0:
        PAGE.write_text(page(), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
