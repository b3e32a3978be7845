"""Reading prompts in six languages, and listing the words that were not understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok_video.backends.animatic.figures.catalog import habit
from grok_video.backends.animatic.language.reading import MAX_SUBJECTS, read_prompt, read_shots
from grok_video.backends.animatic.language.subjects import SPREAD
from grok_video.backends.animatic.language.words import spoken
from grok_video.backends.animatic.scene import Reading, Subject


def subject(prompt: str, emoji: str) -> Subject:
    subjects = {subject.figure: subject for subject in read_prompt(prompt, 7).subjects}
    assert emoji in subjects, f"{emoji} is not among {sorted(subjects)}"
    return subjects[emoji]


def settings_of(reading: Reading) -> set[str]:
    """Return everything that a prompt set about the scene and its subjects, as short words."""
    one_each = {name: getattr(reading, name) for name in ("time", "weather", "environment", "camera", "framing")}
    words = {f"{name} {value}" for name, value in one_each.items() if value}
    for subject in reading.subjects:
        words.add(f"{subject.figure} {subject.motion} {subject.colour or '-'} {subject.count} {subject.size:g}")
    return words


RED, BLUE, BLACK, WHITE = "d62b2b", "2f6fde", "26262c", "f4f4f2"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (
            "A red fox running through the snowy forest at dawn",
            {"🦊 run d62b2b 1 1", "environment forest", "weather snow", "time dawn"},
        ),
        (
            "two big black cars driving through the city at night in the rain, zoom out",
            {"🚗 run 26262c 2 1.6", "environment city", "time night", "weather rain", "camera zoom_out"},
        ),
        ("the blue whale swims underwater", {"🐋 swim 2f6fde 1 1", "environment underwater"}),
        (
            "夜晚下雨的城市里一辆红色跑车在飞驰",
            {"🏎️ run d62b2b 1 1", "environment city", "weather rain", "time night"},
        ),
        (
            "雪山上两只大熊在跳舞，大雾，黄昏，镜头推近",
            {"🐻 dance - 2 1.6", "environment mountains", "weather fog", "time sunset", "camera zoom_in"},
        ),
        ("一条白色的小龙在天空飞翔，暴风雨", {"🐉 fly f4f4f2 1 0.65", "environment sky", "weather storm"}),
        (
            "夜の町で雨の中、黒い犬が歩いている",
            {"🐕 walk 26262c 1 1", "environment city", "weather rain", "time night"},
        ),
        (
            "夕焼けの海で青いクジラが泳いでいる、霧、ズームイン",
            {"🐋 swim 2f6fde 1 1", "environment sea", "weather fog", "time sunset", "camera zoom_in"},
        ),
        ("雪原で小さなペンギンがジャンプする、朝", {"🐧 jump - 1 0.65", "environment snowfield", "time day"}),
        (
            "dos perros negros corriendo por el bosque bajo la lluvia de noche",
            {"🐕 run 26262c 2 1", "environment forest", "weather rain", "time night"},
        ),
        (
            "Una nave espacial roja vuela sobre la playa al amanecer con niebla, primer plano",
            {"🚀 fly d62b2b 1 1", "environment beach", "weather fog", "time dawn", "framing close_up"},
        ),
        (
            "un petit renard rouge court dans la forêt sous la neige au coucher du soleil",
            {"🦊 run d62b2b 1 0.65", "environment forest", "weather snow", "time sunset"},
        ),
        (
            "une baleine bleue nage dans la mer la nuit, brouillard, plan large",
            {"🐋 swim 2f6fde 1 1", "environment sea", "weather fog", "time night", "framing wide"},
        ),
        (
            "Ein großer roter Fuchs läuft durch den Wald im Nebel bei Sonnenuntergang",
            {"🦊 run d62b2b 1 1.6", "environment forest", "weather fog", "time sunset"},
        ),
        (
            "Ein blauer Drache fliegt nachts im Regen über die Stadt, Nahaufnahme",
            {"🐉 fly 2f6fde 1 1", "environment city", "weather rain", "time night", "framing close_up"},
        ),
        ("Zwei weiße Hasen tanzen in der Wüste, Mittag", {"🐇 dance f4f4f2 2 1", "environment desert", "time day"}),
    ],
)
def test_each_language_is_understood_whole(prompt: str, expected: set[str]) -> None:
    reading = read_prompt(prompt, 7)
    assert settings_of(reading) == expected
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [
        ("the wolf and the moon", "🐺"), ("L'oiseau chante", "🐦"), ("l'éléphant et l'homme", "🐘"),
        ("the dog's house", "🏠"), ("the dog's house", "🐕"),
        ("一只企鹅", "🐧"), ("ロボット", "🤖"), ("el dragón", "🐉"), ("das Einhorn", "🦄"),
        ("wolves", "🐺"), ("butterflies", "🦋"), ("Katzen", "🐈"), ("sailing boat", "⛵"),
        ("Hunde", "🐕"), ("Pferde", "🐎"), ("caballos", "🐎"), ("oiseaux", "🐦"),
    ],
)  # fmt: skip
def test_subjects_are_found_in_all_their_forms(prompt: str, emoji: str) -> None:
    assert subject(prompt, emoji).figure == emoji


@pytest.mark.parametrize("prompt", ["Un phare à l'aube", "la lumière de l'aube"])
def test_a_french_elision_hides_no_word(prompt: str) -> None:
    assert read_prompt(prompt, 7).time == "dawn"


def test_unknown_words_are_listed_once_in_order_and_stop_words_never() -> None:
    reading = read_prompt("the frobnicated cat and a zorblax with the frobnicated dog, in 4k", 7)
    assert reading.not_understood == ("frobnicated",)
    # Nobody knows what a zorblax is, but it stands there under its name.
    assert reading.understood == ("cat", "zorblax", "dog")
    assert dict(reading.shown_as) == {"zorblax": "paper figure"}


@pytest.mark.parametrize(
    "stops",
    [
        "the of and to in is it that was for on with as at by this from or an are we he she they you",
        "的 了 在 和 是 着 这 那 我们 他们 它 很 非常",
        "の が に を は で と も それ これ とても",
        "el la de que y en un una los se del las por con para al lo como más este esta hasta cerca",
        "le la les de des et en un une du dans que qui pour sur au avec ce cette ces près",
        "der die das und in den von zu mit sich auf für ist im dem ein eine zwischen diese dieser dieses",
    ],
)
def test_the_commonest_function_words_are_never_listed(stops: str) -> None:
    assert read_prompt(stops, 7).not_understood == ()


@pytest.mark.parametrize(
    ("prompt", "emoji", "count"),
    [
        ("a cat", "🐈", 1), ("cats", "🐈", 2), ("three cats", "🐈", 3), ("several penguins", "🐧", 5),
        ("四只猫", "🐈", 4), ("二匹の犬", "🐕", 2), ("tres gatos", "🐈", 3), ("deux chats", "🐈", 2),
        ("vier Hunde", "🐕", 4), ("3 cats", "🐈", 3), ("a cat and 4 dogs", "🐕", 4),
    ],
)  # fmt: skip
def test_counts(prompt: str, emoji: str, count: int) -> None:
    assert subject(prompt, emoji).count == count


@pytest.mark.parametrize(
    ("prompt", "cat", "dog"),
    [
        ("a cat on the left and a dog on the right", 0.22, 0.78),
        ("a dog in the middle, a cat on the right", 0.78, 0.5),
        ("on the left a cat, on the right a dog", 0.22, 0.78),
        ("左边一只猫，右边一只狗", 0.22, 0.78),
        ("una gata a la izquierda y un perro a la derecha", 0.22, 0.78),
        ("a dog in the middle. a cat, on the right", 0.78, 0.5),
    ],
)
def test_places_go_to_the_subject_they_are_said_of(prompt: str, cat: float, dog: float) -> None:
    assert (subject(prompt, "🐈").x, subject(prompt, "🐕").x) == (cat, dog)


def test_sizes_and_colours_go_to_their_own_subject() -> None:
    prompt = "a huge white dog beside a tiny red cat and a horse"
    assert (subject(prompt, "🐕").size, subject(prompt, "🐕").colour) == (1.6, WHITE)
    assert (subject(prompt, "🐈").size, subject(prompt, "🐈").colour) == (0.65, RED)
    assert (subject(prompt, "🐎").size, subject(prompt, "🐎").colour) == (1.0, None)


def test_a_colour_of_the_scene_tints_it() -> None:
    assert read_prompt("a blue night by the sea", 7).tint == BLUE
    assert read_prompt("a blue cat by night", 7).tint is None


@pytest.mark.parametrize(
    ("prompt", "thing", "motion"),
    [
        ("a cat with headphones dances", "🎧", "dance"),
        ("with headphones, a cat dances", "🎧", "dance"),
        ("a cat with big headphones dances", "🎧", "dance"),
        ("a cat wearing a crown dances", "👑", "dance"),
        ("a cat holding an umbrella walks", "☂️", "walk"),
        ("一只戴着耳机的猫在跳舞", "🎧", "dance"),
        ("ヘッドホンをつけた猫が踊る", "🎧", "dance"),
        ("una gata con auriculares baila", "🎧", "dance"),
        ("una gata con unos auriculares baila", "🎧", "dance"),
        ("un chat avec un casque danse", "🎧", "dance"),
        ("eine Katze mit Kopfhörern tanzt", "🎧", "dance"),
        ("Katze mit einer Krone tanzt", "👑", "dance"),
    ],
)
def test_what_is_worn_is_carried_and_its_wearer_moves(prompt: str, thing: str, motion: str) -> None:
    assert subject(prompt, thing).carrier == "🐈"
    assert subject(prompt, "🐈").motion == motion


@pytest.mark.parametrize(
    ("prompt", "dog", "cat"),
    [
        ("a running dog and a cat", "run", "bob"),
        ("a cat and a dancing dog", "dance", "bob"),
        ("a dancing cat and a jumping dog", "jump", "dance"),
        ("a cat sleeps while a dog jumps", "jump", "sleep"),
        ("a cat and two dancing dogs", "dance", "bob"),
        ("a cat and a big dancing dog", "dance", "bob"),
        ("一只猫和一只跳舞的狗", "dance", "bob"),
        ("dos gatos blancos bailando", "", "dance"),
        ("a cat chasing dogs", "run", "run"),
        ("a dancing cat watching jumping dogs", "jump", "dance"),
    ],
)
def test_an_action_moves_the_subject_it_is_said_of_alone(prompt: str, dog: str, cat: str) -> None:
    assert subject(prompt, "🐈").motion == cat
    if dog:
        assert subject(prompt, "🐕").motion == dog


def test_a_second_mention_adds_and_takes_nothing_away() -> None:
    dog = subject("two big black dogs on the left run on the beach. The dogs jump.", "🐕")
    assert (dog.motion, dog.colour, dog.count, dog.size, dog.x) == ("jump", BLACK, 2, 1.6, 0.22)


@pytest.mark.parametrize("prompt", ["a storm with rain", "rain, then a storm", "暴雨和闪电", "lluvia y tormenta"])
def test_a_storm_outdoes_the_rain_that_comes_with_it(prompt: str) -> None:
    assert read_prompt(prompt, 7).weather == "storm"


def test_otherwise_the_first_word_counts() -> None:
    assert read_prompt("rain, then snow, at sea, later in a forest", 7).weather == "rain"
    assert read_prompt("rain, then snow, at sea, later in a forest", 7).environment == "sea"


@pytest.mark.parametrize("word", ["care", "rate", "even", "earn", "tale", "lace", "site", "often"])
def test_a_word_that_only_looks_like_a_plural_means_nothing(word: str) -> None:
    reading = read_prompt(f"{word} on the beach", 7)
    assert (reading.subjects, reading.environment, reading.time) == ((), "beach", None)
    assert reading.understood == ("beach",)


def test_phrases_with_an_elision_are_found_whole() -> None:
    assert read_prompt("un poisson sous l'eau", 7).environment == "underwater"
    assert read_prompt("un chat, caméra à l'épaule", 7).camera == "handheld"


@pytest.mark.parametrize("prompt", ["I see a fox in the forest", "we have seen a fox in a forest"])
def test_seeing_is_no_sea(prompt: str) -> None:
    assert read_prompt(prompt, 7).environment == "forest"


@pytest.mark.parametrize(("reference", "name"), [("@img1", "@img1"), ("@IMG2", "@img2"), ("@image12", "@img12")])
def test_a_reference_is_somebody_and_never_a_word(reference: str, name: str) -> None:
    reading = read_prompt(f"{reference} in the forest, {reference}and a cat", 7)
    plain = read_prompt("in the forest, and a cat", 7)
    assert (reading.understood, reading.not_understood) == (plain.understood, ())
    assert [subject.figure for subject in reading.subjects] == [name, "🐈"]


def test_what_is_said_of_a_reference_is_done_by_it() -> None:
    prompt = "a big @img2 dances on the left, @img1 with a crown rides a bicycle"
    assert subject(prompt, "@img2").motion == "dance"
    assert (subject(prompt, "@img2").x, subject(prompt, "@img1").carrier) == (0.22, "🚲")
    assert subject(prompt, "👑").carrier == "@img1"


def test_leaving_a_subject_out_moves_no_other() -> None:
    whole = {subject.figure: subject for subject in read_prompt("a cat, a fox and a dog on the beach", 7).subjects}
    for prompt in ("a cat and a dog on the beach", "a dog", "a fox and a dog on the beach"):
        for subject in read_prompt(prompt, 7).subjects:
            assert subject == whole[subject.figure]


def test_another_seed_means_another_place() -> None:
    assert len({read_prompt("a cat", seed).subjects[0].x for seed in range(9)}) > 5


def test_nine_subjects_are_one_too_many() -> None:
    prompt = "cat, dog, fox, bear, lion, tiger, panda, horse, rabbit"
    reading = read_prompt(prompt, 7)
    assert len(reading.subjects) == MAX_SUBJECTS == 8
    # What is not drawn was not understood.
    assert "rabbit" in reading.not_understood


@pytest.mark.parametrize(
    ("emoji", "motion"),
    [("🐋", "swim"), ("🦅", "fly"), ("🚗", "run"), ("🌳", "sway"), ("🏠", "stand"), ("🐈", "bob"), ("🚶", "walk")],
)
def test_habits(emoji: str, motion: str) -> None:
    assert habit(emoji) == motion


PIECES = [
    "a", "the", "cat", "cats", "dog", "with", "headphones", "running", "red", "left", "storm", "rain", "@img1", ",",
    "zorblax", ".", "猫", "戴着", "耳机", "跳舞", "の", "ペンギン", "très", "l'eau", "sous", "Katze", "3", "--", "'",
    "_", "🐈", "é", "ﬁ", "İ", "ß",
]  # fmt: skip
ANYTHING = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join)


@given(ANYTHING, st.integers(0, 2**32 - 1))
def test_any_text_is_read_the_same_way_every_time(text: str, seed: int) -> None:
    assert read_prompt(text, seed) == read_prompt(text, seed)


@given(ANYTHING)
def test_no_word_is_both_understood_and_not(text: str) -> None:
    reading = read_prompt(text, 7)
    assert not set(reading.understood) & set(reading.not_understood)
    assert len(set(reading.not_understood)) == len(reading.not_understood)
    for subject in reading.subjects:
        assert 0 <= subject.depth <= 1
        assert 0 <= subject.x <= 1 or (subject.figure.startswith("@img") and subject.x == SPREAD)


@given(st.text(alphabet="abc 猫狗ねこ,。-", max_size=40))
def test_no_letter_is_lost(text: str) -> None:
    letters = "".join(word.text for word in spoken(text).words)
    for upstream_request in "abc猫狗ねこ":
        assert letters.count(upstream_request) == text.count(upstream_request)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a frog in spring", "season spring"), ("秋天的森林", "season autumn"), ("ein Dorf im Winter", "season winter"),
        ("a village at dusk", "time dusk"), ("a bear on a street", "environment street"),
        ("部屋の猫", "environment room"), ("un río", "environment river"), ("ein Dorf", "environment village"),
        ("a spooky forest", "mood spooky"), ("une forêt magique", "mood magical"),
        ("film noir, a city", "style noir"), ("赛博朋克的城市", "style neon"),
        ("aquarell, ein See", "style watercolour"),
        ("a cat under the northern lights", "feature aurora"), ("蛍の夜", "feature fireflies"),
        ("fuegos artificiales", "feature fireworks"), ("slow zoom in, a cat", "speed 0.5"),
    ],
)  # fmt: skip
def test_season_light_style_and_features_are_heard(prompt: str, expected: str) -> None:
    reading = read_prompt(prompt, 7)
    reported = {
        f"{name} {getattr(reading, name)}" for name in ("season", "mood", "style", "time", "environment", "speed")
    }
    assert expected in reported | {f"feature {feature}" for feature in reading.features}
    assert reading.not_understood == ()


@pytest.mark.parametrize(
    ("prompt", "rider", "carrier"),
    [
        ("a bear riding a bicycle", "🐻", "🚲"), ("a cat on a boat", "🐈", "⛵"),
        ("ボートに乗った猫", "🐈", "⛵"), ("un perro en una bicicleta", "🐕", "🚲"),
        ("ein Bär auf einem Fahrrad", "🐻", "🚲"),
    ],
)  # fmt: skip
def test_riders_sit_on_what_they_ride(prompt: str, rider: str, carrier: str) -> None:
    assert (subject(prompt, rider).carrier, subject(prompt, rider).held) == (carrier, "on")
    assert subject(prompt, carrier).carrier == ""


def test_how_near_and_how_fast() -> None:
    assert subject("a ship in the distance", "🚢").depth < 0.1 < 0.9 < subject("a cat in the foreground", "🐈").depth
    assert subject("a dog runs fast", "🐕").tempo > 1 > subject("a slowly walking cat", "🐈").tempo


@pytest.mark.parametrize(
    ("prompt", "shots"),
    [
        ("a cat sleeps, then it dances", [("🐈", None), ("🐈", None)]),
        ("a rocket launch, then stars", [("🚀", None), ("", None)]),
        ("A dog runs in a park. Then it sleeps in a room.", [("🐕", "meadow"), ("🐕", "room")]),
        ("A cat in a city. The cat is black and sits on the left.", [("🐈", "city")]),
        ("A cat runs in a city. The cat sleeps.", [("🐈", "city"), ("🐈", None)]),
        ("A cat in a city. It dances.", [("🐈", "city")]),
        ("A cat in a city. It rains.", [("🐈", "city")]),
        ("一只猫在海滩上，然后在森林里跳舞", [("🐈", "beach"), ("🐈", "forest")]),
        ("猫が海で泳ぐ、それから街で踊る", [("🐈", "sea"), ("", "city")]),
        ("un perro en la playa, luego un gato en el bosque", [("🐕", "beach"), ("🐈", "forest")]),
        ("ein Hund am Strand, dann im Wald", [("🐕", "beach"), ("", "forest")]),
        ("a cat", [("🐈", None)]),
        ("", [("", None)]),
    ],
)
def test_shots_come_in_the_order_they_are_told(prompt: str, shots: list[tuple[str, str | None]]) -> None:
    readings = read_shots(prompt, 7)
    reported = [("".join(subject.figure for subject in reading.subjects), reading.environment) for reading in readings]
    assert reported == shots


@given(ANYTHING)
def test_shots_hear_what_one_reading_hears(text: str) -> None:
    heard = {word for shot in read_shots(text, 7) for word in shot.understood}
    # The words between shots, and phrases across them, are all that may differ.
    assert len(heard) <= 2 * len(read_prompt(text, 7).understood) + 2
