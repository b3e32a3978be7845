"""The language files: what they must look like, and that the readings of recorded prompts stay as they are."""

from __future__ import annotations

import json
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from grok_video.backends.animatic.figures.catalog import has_art
from grok_video.backends.animatic.language.language_file import MEANINGS, InvalidLanguageFile, read_language
from grok_video.backends.animatic.language.reading import read_shots
from grok_video.backends.animatic.language.vocabulary import merge, vocabulary
from grok_video.backends.animatic.painting.environments import ENVIRONMENTS
from grok_video.backends.animatic.scene import Reading, Subject
from grok_video.backends.animatic.sound import BEDS

RECORDED = Path(__file__).with_name("readings.jsonl")
ABOUT = {"code": "it", "name": "Italiano", "spaces": True}


def plain(value: Reading | Subject) -> dict[str, Any]:
    """The fields that differ from their defaults, as they were recorded."""
    plain_fields: dict[str, Any] = {}
    for field in fields(value):
        content = getattr(value, field.name)
        if content != field.default or field.name in ("x", "depth"):
            items = content if isinstance(content, tuple) else None
            plain_fields[field.name] = content
            if items is not None:
                plain_fields[field.name] = [plain(item) if isinstance(item, Subject) else item for item in items]
    return plain_fields


def test_the_recorded_prompts_read_as_they_did() -> None:
    lines = RECORDED.read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 300
    changed: list[str] = []
    for line in lines:
        recorded = json.loads(line)
        now = json.loads(json.dumps([plain(shot) for shot in read_shots(recorded["prompt"], 7)]))
        if now != recorded["shots"]:
            changed.append(f"{recorded['prompt']!r}:\n  was {recorded['shots']}\n  is  {now}")
    assert not changed, "\n".join(changed)


def test_every_meaning_has_a_painter_or_a_sound() -> None:
    assert set(MEANINGS["environment"]) == set(ENVIRONMENTS)
    assert set(MEANINGS["weather"]) | set(MEANINGS["environment"]) == set(BEDS)


def test_every_listed_figure_can_be_drawn() -> None:
    missing = {word: figure for word, figure in vocabulary().figures.items() if not has_art(figure)}
    assert not missing


def test_every_meaning_has_a_word() -> None:
    known = {kind: set(table.values()) for kind, table in vocabulary().tables.items() if kind != "colour"}
    assert known == {kind: set(meanings) for kind, meanings in MEANINGS.items() if kind != "colour"}
    assert len(set(vocabulary().tables["colour"].values())) == len(MEANINGS["colour"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[weather]\nhail = ["grandine"]', "it.toml: there is no [weather] meaning 'hail'; use one of: rain, storm"),
        ("[wether]", "it.toml: there is no table 'wether'; use one of: language, grammar, camera"),
        ('[grammar]\nwearin = ["con"]', "it.toml: there is no [grammar] key 'wearin'; use one of: ignored, then"),
        ('[grammar.beside]\nunder = ["sotto"]', "there is no [grammar.beside] key 'under'; use one of: behind, before"),
        ('[time]\nday = "giorno"', "it.toml: [time] day is 'giorno'; write a list of words in quotes."),
        ('[time]\nday = ["Giorno"]', "it.toml: [time] day contains 'Giorno'; write it as 'giorno'."),
        ('[time]\nday = ["giorno", 3]', "it.toml: [time] day contains 3; every entry must be a word in quotes."),
        ('[time]\nday = ["sera"]\nsunset = ["sera"]', "[time] lists 'sera' under both day and sunset; keep one."),
        ('[grammar]\nplurals = [{ ending = "i" }]', "[grammar] plurals contains {'ending': 'i'}; write { ending ="),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InvalidLanguageFile) as failure:
        read_language({"language": ABOUT, **tomllib.loads(text)}, "it.toml")
    assert message in str(failure.value)


def test_a_file_says_what_it_is() -> None:
    with pytest.raises(InvalidLanguageFile, match=r"it\.toml: \[language\] spaces is None; write true or false"):
        read_language({"language": {"code": "it", "name": "Italiano"}}, "it.toml")


def test_two_languages_may_not_disagree_about_a_word() -> None:
    first = read_language({"language": ABOUT, "time": {"day": ["sera"]}}, "it.toml")
    second = read_language({"language": ABOUT, "time": {"night": ["sera"]}}, "pt.toml")
    with pytest.raises(InvalidLanguageFile, match=r"'sera', which means day in it\.toml"):
        merge([first, second])


def test_a_new_file_is_a_new_language() -> None:
    text = """
    [grammar]
    then = ["poi"]
    prefixes = ["un'"]
    [weather]
    rain = ["pioggia"]
    [colour]
    red = ["rosso"]
    [figure]
    "🐈" = ["gatto"]
    """
    words = merge([read_language({"language": ABOUT, **tomllib.loads(text)}, "it.toml")])
    assert words.tables["weather"] == {"pioggia": "rain"}
    assert words.tables["colour"] == {"rosso": "d62b2b"}
    assert words.figures == {"gatto": "🐈"}
    assert words.prefixes.sub("", "un'alba") == "alba"
    assert [part.strip() for part in words.shot_separator.split("gatto, poi pioggia")] == ["gatto", "pioggia"]
