"""The commands about who may use a server: keys, sessions, audit."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from ..client import GrokVideo
from .commands import Commands
from .options import Fields, Json
from .output import format_of, message, print_json, show_table, text_table, wants_json

PANEL = "Run a server"
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="id of the key, key_…")]
Rpm = Annotated[int | None, typer.Option("--rpm", metavar="N", min=1, help="requests per minute")]
Concurrency = Annotated[int | None, typer.Option("--concurrency", metavar="N", min=1, help="unfinished videos at once")]
ExpiresIn = Annotated[float | None, typer.Option("--expires-in", metavar="DAYS", min=0.001, help="days until it ends")]


def register(app: Commands) -> None:
    """Add the commands."""
    keys = Commands(help="Create, list, limit, rotate, revoke and purge API keys (with the operator's key).")
    for command, name in (
        (create_key, "create"), (list_keys, "list"), (limit_key, "limit"), (rotate_key, "rotate"),
        (revoke_key, "revoke"), (purge_key, "purge"),
    ):  # fmt: skip
        keys.add(command, name)
    app.add_typer(keys, name="keys", rich_help_panel=PANEL)
    sessions = Commands(help="List and end the sessions of your key in the studio.")
    sessions.add(list_sessions, "list")
    sessions.add(end_sessions, "end")
    app.add_typer(sessions, name="sessions", rich_help_panel="Choose a server and key")
    app.add(audit, panel=PANEL)


def create_key(
    name: Annotated[str, typer.Option("--name", help="name of the key")],
    expires_in: ExpiresIn = None,
    rpm: Rpm = None,
    concurrency: Concurrency = None,
    json: Json = False,
) -> None:
    """Create a key; its secret is shown only once."""
    with GrokVideo() as client:
        body = {"name": name, **_limits(expires_in, rpm, concurrency)}
        _show_secret(client.request("POST", "/keys", body), f"for {name}", json)


def list_keys(fields: Fields = None, json: Json = False) -> None:
    """List the keys, without their secrets."""
    with GrokVideo() as client:
        entries: list[dict[str, Any]] = client.request("GET", "/keys")["data"]
    rows = [(key["id"], f"{key['prefix']}…", _state(key), key["name"]) for key in entries]
    _show(entries, ("id", "key", "state", "name"), rows, fields, json)


def limit_key(
    key_id: KeyId,
    expires_in: ExpiresIn = None,
    rpm: Rpm = None,
    concurrency: Concurrency = None,
    none: Annotated[bool, typer.Option("--none", help="remove all limits first")] = False,
    json: Json = False,
) -> None:
    """Limit a key: until when, how many requests per minute, how many unfinished videos."""
    removed: dict[str, Any] = {"expires_at": None, "rpm": None, "concurrency": None} if none else {}
    with GrokVideo() as client:
        body = {**removed, **_limits(expires_in, rpm, concurrency)}
        changed: dict[str, Any] = client.request("PATCH", f"/keys/{key_id}", body)
    if wants_json(json):
        print_json(changed)
    else:
        print(f"{key_id}: {_state(changed)}, rpm {changed['rpm']}, concurrency {changed['concurrency']}")


def rotate_key(
    key_id: KeyId,
    overlap: Annotated[
        float, typer.Option("--overlap", metavar="HOURS", min=0, help="hours for which the old secret works")
    ] = 24,
    json: Json = False,
) -> None:
    """Give a key a new secret, shown only once; its videos stay, its sessions end."""
    with GrokVideo() as client:
        rotated = client.request("POST", f"/keys/{key_id}/rotate", {"overlap_hours": overlap})
    _show_secret(rotated, f"rotated; the old secret works for {overlap:g} hours", json)


def revoke_key(key_id: KeyId, json: Json = False) -> None:
    """Revoke a key; its videos stay."""
    with GrokVideo() as client:
        revoked: dict[str, Any] = client.request("DELETE", f"/keys/{key_id}")
    if wants_json(json):
        print_json(revoked)
    else:
        print(f"{revoked['id']} revoked")


def purge_key(
    key_id: KeyId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    json: Json = False,
) -> None:
    """Delete all videos of a revoked key."""
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("give --yes to delete where nobody can be asked", param_hint="--yes")
    if not yes:
        typer.confirm(f"Delete all videos of {key_id}?", abort=True, err=True)
    deleted, more = 0, True
    with GrokVideo() as client:
        while more:
            answer: dict[str, Any] = client.request("DELETE", f"/keys/{key_id}/videos")
            deleted, more = deleted + answer["deleted"], answer["has_more"]
    if wants_json(json):
        print_json({"id": key_id, "deleted": deleted})
    else:
        print(f"{deleted} videos of {key_id} deleted")


def list_sessions(fields: Fields = None, json: Json = False) -> None:
    """List where your key is signed in to the studio."""
    with GrokVideo() as client:
        entries: list[dict[str, Any]] = client.request("GET", "/sessions")["data"]
    rows = [(entry["id"], _time(entry["created_at"]), entry["address"], entry["user_agent"]) for entry in entries]
    _show(entries, ("id", "since", "address", "browser"), rows, fields, json)


def end_sessions(
    session_id: Annotated[str | None, typer.Argument(metavar="ID", help="only this session; default: all")] = None,
    json: Json = False,
) -> None:
    """End the sessions of your key in the studio."""
    with GrokVideo() as client:
        ended: dict[str, Any] = client.request(
            "DELETE", f"/sessions/{quote(session_id)}" if session_id else "/sessions"
        )
    if wants_json(json):
        print_json(ended)
    else:
        print(f"{ended['ended']} sessions ended")


def audit(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="number of entries")] = 50,
    before: Annotated[int | None, typer.Option("--before", metavar="NUMBER", help="only older than this one")] = None,
    action: Annotated[str | None, typer.Option("--action", help="only this action, e.g. signed_in")] = None,
    fields: Fields = None,
    json: Json = False,
) -> None:
    """Show sign-ins, changes of keys, and deletes, newest first (with the operator's key)."""
    given = {"limit": limit, "before": before, "action": action}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    with GrokVideo() as client:
        entries: list[dict[str, Any]] = client.request("GET", f"/audit?{query}")["data"]
    columns = ("number", "time", "action", "by", "on", "from")
    rows = [
        (str(entry["number"]), _time(entry["at"]), entry["action"], *(entry[name] or "" for name in
         ("actor", "target", "address")))
        for entry in entries
    ]  # fmt: skip
    _show(entries, columns, rows, fields, json)


def _limits(expires_in: float | None, rpm: int | None, concurrency: int | None) -> dict[str, Any]:
    """Return the limits that are given, as fields of a request."""
    expires_at = None if expires_in is None else int(time.time() + expires_in * 86400) + 1
    given = {"expires_at": expires_at, "rpm": rpm, "concurrency": concurrency}
    return {name: value for name, value in given.items() if value is not None}


def _state(key: Mapping[str, Any]) -> str:
    if key["revoked_at"]:
        return "revoked"
    if key["expires_at"] and key["expires_at"] <= time.time():
        return "expired"
    return "operator" if key["operator"] else f"until {_time(key['expires_at'])}" if key["expires_at"] else "active"


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _show_secret(key: Mapping[str, Any], what: str, json: bool) -> None:
    if wants_json(json):
        print_json(dict(key))
    else:
        print(key["key"])
        message(f"{key['id']} {what}; store the key, it is not shown again")


def _show(
    entries: list[dict[str, Any]], columns: tuple[str, ...], rows: list[tuple[str, ...]], fields: str | None, json: bool
) -> None:
    """Print entries as the options say, or as a table."""
    how = format_of(json, fields)
    if how.json or how.fields:
        show_table(entries, how)
        return
    from rich.console import Console

    Console().print(text_table(columns, rows))
