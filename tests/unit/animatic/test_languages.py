"""The language files: what they must look like, and that the readings of recorded prompts stay as they are."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from grok_video.backends.animatic.figures.catalog import has_art
from grok_video.backends.animatic.language.language_file import MEANINGS, InvalidLanguageFile, Language, read_language
from grok_video.backends.animatic.language.lexicon import Lexicons, Sense, lexicons, lexicons_of
from grok_video.backends.animatic.language.reading import read_shots
from grok_video.backends.animatic.painting.environments import ENVIRONMENTS
from grok_video.backends.animatic.scene import Reading, Subject
from grok_video.backends.animatic.sound import BEDS

RECORDED = Path(__file__).with_name("readings.jsonl")
WRITTEN = ("de", "en", "es", "fr", "ja", "zh")
# What a language may say by its word order, or by particles behind the noun, and colours, which mean their RGB value.
OPTIONAL = ("colour", "relation", "pronoun", "gender", "place")
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
    missing = {
        (code, word): sense.meaning
        for code, lexicon in lexicons().items()
        for word, senses in lexicon.senses.items()
        for sense in senses
        if sense.kind == "figure" and not has_art(sense.meaning)
    }
    assert not missing


@pytest.mark.parametrize("code", WRITTEN)
def test_every_meaning_has_a_word_in_every_language(code: str) -> None:
    senses = [sense for senses in lexicons()[code].senses.values() for sense in senses]
    known = {kind: {sense.meaning for sense in senses if sense.kind == kind} for kind in MEANINGS}
    missing = {kind: set(meanings) - known[kind] for kind, meanings in MEANINGS.items() if kind not in OPTIONAL}
    assert not any(missing.values()), missing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[weather]\nhail = ["grandine"]', "it.toml: there is no [weather] meaning 'hail'; use one of: rain, storm"),
        ("[wether]", "it.toml: there is no table 'wether'; use one of: language, grammar, camera"),
        ('[grammar]\nignord = "il"', "it.toml: there is no [grammar] key 'ignord'; use one of: ignored, quality"),
        ('[particle]\nverb = "si"', "it.toml: there is no [particle] meaning 'verb'; use one of: subject, object, of."),
        ("[time]\nday = 3", "it.toml: [time] day is 3; write words in quotes with commas between them."),
        ('[time]\nday = "Giorno"', "it.toml: [time] day contains 'Giorno'; write it as 'giorno'."),
        ('[time]\nday = ["giorno", 3]', "it.toml: [time] day contains 3; every entry must be a word."),
        ('[time]\nday = "sera"\nsunset = "sera"', "[time] lists 'sera' under both day and sunset; keep one."),
        ('[grammar]\nnoun_forms = [{ end = "i" }]', "[grammar] noun_forms contains {'end': 'i'}; write { ending ="),
    ],
)
def test_a_wrong_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(InvalidLanguageFile) as failure:
        read_language({"language": ABOUT, **tomllib.loads(text)}, "it.toml")
    assert message in str(failure.value)


def test_a_file_says_what_it_is() -> None:
    with pytest.raises(InvalidLanguageFile, match=r"it\.toml: \[language\] spaces is None; write true or false"):
        read_language({"language": {"code": "it", "name": "Italiano"}}, "it.toml")


def test_each_language_keeps_its_own_meaning_of_a_word() -> None:
    first = read_language({"language": ABOUT, "figure": {"🐈": "gift"}}, "it.toml")
    second = read_language({"language": {**ABOUT, "code": "xx"}, "figure": {"🧪": "gift"}}, "xx.toml")
    known = lexicons_of([first, second])
    assert [known[code].senses["gift"][0].meaning for code in ("it", "xx")] == ["🐈", "🧪"]


def test_a_new_file_is_a_new_language() -> None:
    text = """
    [grammar]
    then = "poi"
    prefixes = "un'"
    noun_forms = [{ ending = "o", plural = ["i"] }]
    verb_forms = [{ ending = "are", finite = ["a", "ano"], present = ["ando"] }]
    [weather]
    rain = ["pioggia"]
    [colour]
    red = "rosso"
    [figure]
    "🐈" = "gatto, uomo/uomini"
    [near]
    "🐈" = "soriano"
    [action]
    sleep = "sonnecchiare"
    """
    words = lexicons_of([read_language({"language": ABOUT, **tomllib.loads(text)}, "it.toml")])["it"]
    assert words.senses["pioggia"] == (Sense("weather", "rain"),)
    assert words.senses["rosso"] == (Sense("colour", "d62b2b"),)
    assert words.senses["gatti"] == (Sense("figure", "🐈", "plural"),)
    assert words.senses["uomini"] == (Sense("figure", "🐈", "plural"),)
    assert words.senses["sonnecchiando"] == (Sense("action", "sleep", "present"),)
    assert words.shown_as(words.senses["soriano"][0]) == "gatto"
    assert words.split("un'alba") == ["un'", "alba"]


@pytest.mark.parametrize(
    ("code", "nouns", "verbs"), [("en", 5000, 800), *((code, 2000, 300) for code in WRITTEN if code != "en")]
)
def test_the_vocabularies_are_large(code: str, nouns: int, verbs: int) -> None:
    senses = lexicons()[code].senses.items()
    listed = [(word, {sense.kind for sense in several if not sense.form}) for word, several in senses]
    assert sum(bool(kinds & {"figure", "paper", "environment"}) for _, kinds in listed) >= nouns
    assert sum("action" in kinds for _, kinds in listed) >= verbs


def test_an_entry_may_go_on_in_the_next_line() -> None:
    rules = {"verb_forms": [{"ending": "are", "finite": ["a"]}]}
    file = {"language": ABOUT, "grammar": rules, "action": {"dance": "ballare\nil tango, valzer"}}
    senses = lexicons_of([read_language(file, "it.toml")])["it"].senses
    assert [sense.meaning for sense in senses["balla il tango"]] == ["dance"]


def test_a_language_is_read_when_it_is_first_needed_and_once() -> None:
    read: list[str] = []

    def reader(code: str) -> Callable[[], Language]:
        def language() -> Language:
            read.append(code)
            return read_language({"language": {**ABOUT, "code": code}}, f"{code}.toml")

        return language

    known = Lexicons({"it": reader("it"), "xx": reader("xx")})
    assert {"it", "xx", "ko"} <= set(known)
    assert read == []
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(known.__getitem__, ["it"] * 8))
    assert read == ["it"]
    assert all(one is built[0] for one in built)
    with pytest.raises(KeyError):
        known["zz"]
