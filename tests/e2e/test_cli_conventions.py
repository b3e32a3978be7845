"""The command line's conventions: shortened ids, chosen fields, profiles, questions, tables, failures of a start."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.e2e.test_cli import PROGRAM, run
from tests.e2e.test_terminal import plain, terminal
from tests.factories import image_bytes


@pytest.fixture(scope="module")
def library(fake_server: Server) -> list[dict[str, Any]]:
    """Three finished videos, the newest last."""
    with fake_server.client() as http:
        bodies = [
            {"model": "grok-video-3", "prompt": f"zebra {name}", "seconds": 1} for name in ("one", "two", "three")
        ]
        created = [http.post("/v1/videos", json=body).json()["id"] for body in bodies]
    return [fake_server.finish(video_id) for video_id in created]


def digits(video: dict[str, Any]) -> str:
    return video["id"].removeprefix("video_")


def test_an_id_may_be_shortened(fake_server: Server, library: list[dict[str, Any]], tmp_path: Path) -> None:
    for text in (library[0]["id"], digits(library[0]), digits(library[0])[:10], f"grok:{digits(library[0])[:10]}"):
        assert json.loads(run(fake_server, tmp_path, "get", text).stdout)["id"] == library[0]["id"], text
    none = run(fake_server, tmp_path, "get", "0" * 20)
    assert none.returncode == 1
    assert "No id" in none.stderr


def test_last_is_the_newest(fake_server: Server, tmp_path: Path) -> None:
    created = json.loads(run(fake_server, tmp_path, "create", "the newest", "--seconds", "1", "-o", "x.mp4").stdout)
    assert json.loads(run(fake_server, tmp_path, "get", "@last").stdout)["id"] == created["id"]
    remixed = json.loads(run(fake_server, tmp_path, "remix", "@last", "at night", "-o", "y.mp4").stdout)
    assert remixed["remixed_from_video_id"] == created["id"]


def test_fields_are_chosen(fake_server: Server, library: list[dict[str, Any]], tmp_path: Path) -> None:
    ran = run(fake_server, tmp_path, "get", library[0]["id"], "--fields", "id, metadata.backend,metadata.none.x")
    assert json.loads(ran.stdout) == {"id": library[0]["id"], "metadata.backend": "fake", "metadata.none.x": None}
    shown = plain(terminal(fake_server, tmp_path, "get", library[0]["id"], "--fields", "status,seconds"))
    assert shown.strip() == "completed\t1" or shown.split() == ["completed", "1"]
    listed = plain(terminal(fake_server, tmp_path, "list", "-s", "zebra", "--fields", "prompt,progress"))
    assert re.search(r"prompt +progress", listed)
    assert re.search(r"zebra three +100", listed)
    wrong = run(fake_server, tmp_path, "list", "--fields", "promt")
    assert wrong.returncode == 2
    assert "there is no field 'promt'" in wrong.stderr


def test_lists_by_model_and_operation(fake_server: Server, tmp_path: Path) -> None:
    run(fake_server, tmp_path, "create", "yak", "--seconds", "1", "-o", "x.mp4")
    run(fake_server, tmp_path, "remix", "@last", "yak at night", "-o", "y.mp4")

    def prompts(*arguments: str) -> list[str]:
        lines = run(fake_server, tmp_path, "list", "-s", "yak", *arguments).stdout.splitlines()
        return [json.loads(line)["prompt"] for line in lines]

    assert prompts("--operation", "remix") == ["yak at night"]
    assert prompts("--operation", "create") == ["yak"]
    assert prompts("--model", "grok-video-3-max") == []


def test_an_empty_list_says_which_filter_found_nothing(fake_server: Server, tmp_path: Path) -> None:
    shown = plain(terminal(fake_server, tmp_path, "list", "--status", "failed", "-s", "no such thing"))
    assert "No video matches --search 'no such thing' --status failed" in shown
    assert "grok-video list" in shown


def test_tables_have_headers_and_fit_80_columns(
    fake_server: Server, library: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert re.search(r"id +key +state +name", plain(terminal(fake_server, tmp_path, "keys", "list")))
    assert re.search(r"model +backend +description", plain(terminal(fake_server, tmp_path, "models")))
    narrow = plain(terminal(fake_server, tmp_path, "list", "-s", "zebra", COLUMNS="80"))
    assert "zebra three" in narrow
    short = re.search(r"video_[0-9a-f]{8}(?= )", narrow)
    assert short
    assert json.loads(run(fake_server, tmp_path, "get", short[0]).stdout)["id"].startswith(short[0])


def test_several_are_deleted_at_once_after_a_question(fake_server: Server, tmp_path: Path) -> None:
    def made(count: int) -> list[str]:
        with fake_server.client() as http:
            body = {"model": "grok-video-3", "prompt": "gnu", "seconds": 1}
            return [http.post("/v1/videos", json=body).json()["id"] for _ in range(count)]

    ids = made(2)
    wrong = run(fake_server, tmp_path, "delete", *ids, "video_" + "0" * 32, "--yes")
    assert wrong.returncode == 1
    assert "video_000" in wrong.stderr
    assert run(fake_server, tmp_path, "get", ids[0]).returncode == 0, "a wrong id deletes nothing"
    asked = plain(terminal(fake_server, tmp_path, "delete", *ids, until=r"Delete 2 videos\? \[y/N\]"))
    assert "gnu" in asked
    assert run(fake_server, tmp_path, "get", ids[0]).returncode == 0
    assert run(fake_server, tmp_path, "delete", *ids).returncode == 2, "nobody can be asked"
    deleted = plain(terminal(fake_server, tmp_path, "rm", *ids, "--yes"))
    assert deleted.count("deleted") == 2
    for video_id in ids:
        assert run(fake_server, tmp_path, "get", video_id).returncode == 1
    assert run(fake_server, tmp_path, "delete").returncode == 2


def test_all_videos_are_saved_and_none_twice(
    fake_server: Server, library: list[dict[str, Any]], tmp_path: Path
) -> None:
    first = run(fake_server, tmp_path, "download", "--all", "-s", "zebra", "-o", "films")
    assert first.returncode == 0, first.stderr
    names = sorted(path.name for path in (tmp_path / "films").iterdir())
    assert [re.sub(r"-[0-9a-f]{6}\.mp4$", "", name) for name in names] == ["zebra-one", "zebra-three", "zebra-two"]
    assert "3 saved, 0 there already" in first.stderr
    assert (
        "0 saved, 3 there already"
        in run(fake_server, tmp_path, "download", "--all", "-s", "zebra", "-o", "films").stderr
    )
    assert "No video matches" in run(fake_server, tmp_path, "download", "--all", "-s", "no such thing").stderr
    both = run(fake_server, tmp_path, "download", library[0]["id"], library[1]["id"], "-o", "two")
    assert sorted(both.stdout.split()) == sorted(f"two/{video['id']}.mp4" for video in library[:2])
    assert run(fake_server, tmp_path, "download").returncode == 2
    assert run(fake_server, tmp_path, "download", library[0]["id"], "--all").returncode == 2


def test_files_are_named_from_the_prompt_at_a_terminal(fake_server: Server, tmp_path: Path) -> None:
    terminal(fake_server, tmp_path, "create", "Okapi, at the lake!", "--seconds", "1")
    assert [re.sub(r"[0-9a-f]{6}", "", path.name) for path in tmp_path.iterdir()] == ["okapi-at-the-lake-.mp4"]


def test_a_profile_is_stored_privately_and_used(fake_server: Server, tmp_path: Path) -> None:
    places = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data")}

    def away(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GROK_VIDEO_")}
        return subprocess.run(
            [*PROGRAM, *arguments], cwd=tmp_path, env={**clean, **places}, input=text, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    file = tmp_path / "config" / "grok-video" / "profiles.toml"
    assert away("login", fake_server.base, text="wrong-key\n").returncode == 4
    assert not file.exists()
    assert away("login", "videos.example", text="x\n").returncode == 2
    assert away("list").returncode != 0
    stored = away("login", fake_server.base, text=f"{fake_server.key}\n")
    assert stored.returncode == 0, stored.stderr
    assert fake_server.key not in stored.stdout + stored.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    assert away("list", "--limit", "1").returncode == 0
    file.write_text("# mine\n" + file.read_text())
    assert away("login", fake_server.base, "--profile", "work", text=f"{fake_server.key}\n").returncode == 0
    assert file.read_text().startswith("# mine"), "what else is in the file stays"
    assert file.stat().st_mode & 0o777 == 0o600
    assert away("--profile", "work", "list", "--limit", "1").returncode == 0
    # The flag wins over the environment.
    places["GROK_VIDEO_BASE_URL"] = "http://127.0.0.1:9"
    assert away("--profile", "work", "list", "--limit", "1").returncode == 0
    assert away("list").returncode != 0
    del places["GROK_VIDEO_BASE_URL"]
    unknown = away("--profile", "play", "list")
    assert unknown.returncode == 1
    assert "it has: default, work" in unknown.stderr
    assert away("logout").returncode == 0
    assert away("list").returncode != 0
    assert away("--profile", "work", "list").returncode == 0


def test_config_says_where_each_setting_came_from(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("max_queued = 7\n")
    ran = run(fake_server, tmp_path, "config", "--config", "a.toml", GROK_VIDEO_PORT="9")
    settings = {(row["part"], row["name"]): row for row in map(json.loads, ran.stdout.splitlines())}
    assert settings["client", "base_url"]["source"] == "GROK_VIDEO_BASE_URL"
    assert settings["client", "api_key"]["value"] == "set, not shown"
    assert (settings["server", "port"]["value"], settings["server", "port"]["source"]) == ("9", "GROK_VIDEO_PORT")
    assert settings["server", "max_queued"]["source"] == "a.toml"
    assert settings["server", "backend"]["value"] == "animatic"
    assert fake_server.key not in ran.stdout


def test_a_file_of_objects_sets_each_video(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cat.png").write_bytes(image_bytes(160, 90))
    lines = [
        {"prompt": "first", "seconds": 2, "ratio": "1:1", "seed": 7},
        {"prompt": "second", "images": ["cat.png"], "output": "mine/second.mp4"},
    ]
    (tmp_path / "in" / "p.jsonl").write_text("\n# a comment\n" + "\n".join(json.dumps(line) for line in lines))
    ran = run(fake_server, tmp_path, "create", "--batch", "in/p.jsonl", "-o", "films", "--seconds", "1")
    assert ran.returncode == 0, ran.stderr
    made = sorted((json.loads(line) for line in ran.stdout.splitlines()), key=lambda video: video["prompt"])
    assert [video["seconds"] for video in made] == ["2", "1"], "what a line does not say, the options say"
    assert (made[0]["aspect_ratio"], made[0]["metadata"]["seed"]) == ("1:1", 7)
    assert made[1]["metadata"]["mode"] == "first_frame"
    assert (tmp_path / "films" / "mine" / "second.mp4").exists()
    assert "exists already" not in ran.stdout
    again = run(fake_server, tmp_path, "create", "--batch", "in/p.jsonl", "-o", "films", "--seconds", "1")
    assert all("id" not in json.loads(line) for line in again.stdout.splitlines())


def test_a_batch_prints_chosen_fields(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("gecko\n")
    ran = run(fake_server, tmp_path, "create", "--batch", "p.txt", "--seconds", "1", "--fields", "line,status")
    assert json.loads(ran.stdout) == {"line": 1, "status": "completed"}


def test_an_output_is_checked_before_anything_is_made(fake_server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    refused = run(fake_server, tmp_path, "create", "never made either", "-o", "file/x.mp4")
    assert refused.returncode == 2
    assert run(fake_server, tmp_path, "list", "-s", "never made either").stdout == ""
    assert run(fake_server, tmp_path, "create", "ibis", "--seconds", "1", "-o", "folder").returncode == 0
    assert [path.suffix for path in (tmp_path / "folder").iterdir()] == [".mp4"]
    assert run(fake_server, tmp_path, "create", "--batch", "file", "-o", "file").returncode == 2


def test_a_narrow_table_keeps_its_columns(fake_server: Server, library: list[dict[str, Any]], tmp_path: Path) -> None:
    long = "a very long prompt about a gazelle " * 5
    run(fake_server, tmp_path, "create", long, "--seconds", "1", "-o", "x.mp4")
    shown = plain(terminal(fake_server, tmp_path, "list", "-s", "gazelle", COLUMNS="80"))
    assert re.search(r"id +status +seconds +size +age +prompt", shown)
    assert re.search(r"completed +1 +1280x720 +\d+[sm] +a very long.*…", shown)
    settings = plain(terminal(fake_server, tmp_path, "config", COLUMNS="80"))
    assert re.search(r"render_memory_mib +default +1024", settings)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not valid JSON"),
        ('"a cat"', "line 2: write an object with a prompt"),
        ('{"prompt": "x", "secs": 5}', "line 2: there is no field 'secs'"),
        ('{"prompt": "x", "seconds": "5"}', "line 2: seconds is '5'; write a whole number"),
        ('{"prompt": "x", "output": "y.mp4"}\n{"prompt": "z", "output": "y.mp4"}', "videos 2 and 3 would both be"),
        ('{"prompt": "x", "images": ["none.png"]}', "line 2: there is no image"),
    ],
)
def test_a_wrong_object_is_named_before_anything_is_made(
    fake_server: Server, tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "p.jsonl").write_text('{"prompt": "never made"}\n' + line)
    ran = run(fake_server, tmp_path, "create", "--batch", "p.jsonl")
    assert ran.returncode == 2
    assert message in re.sub(r"[\s│]+", " ", ran.stderr)
    assert run(fake_server, tmp_path, "list", "-s", "never made").stdout == ""
