"""Who does what to whom, where and with what: the roles that the grammar finds, in six languages."""

from __future__ import annotations

import pytest

from grok_video.backends.animatic.language.reading import read_prompt, read_shots
from grok_video.backends.animatic.scene import Reading, Subject, continued, new_scene, remixed


def subject(prompt: str, key: str) -> Subject:
    return next(one for one in read_prompt(prompt, 7).subjects if one.key == key)


def told(reading: Reading) -> set[str]:
    """Return what a shot shows, as short sentences: acts, bonds, settings."""
    facts = {
        f"{name} {getattr(reading, name)}"
        for name in ("environment", "time", "until", "weather", "framing", "camera", "style", "beyond")
        if getattr(reading, name)
    }
    for subject in reading.subjects:
        facts |= _of(subject)
    return facts


def _of(subject: Subject) -> set[str]:
    facts = {f"{subject.key} {act}" for act in (subject.motion, subject.gesture) if act}
    if subject.carrier:
        facts.add(f"{subject.key} {subject.held} {subject.carrier}")
    if subject.target:
        facts.add(f"{subject.key} to {subject.target}")
    if subject.count > 1:
        facts.add(f"{subject.key} x{subject.count}")
    return facts


@pytest.mark.parametrize(
    ("prompt", "facts"),
    [
        (
            "Cinematic close-up of an old fisherman's weathered face, golden hour, waves crashing behind him",
            {"fisherman bob", "framing close_up", "time sunset", "environment sea"},
        ),
        (
            "A drone shot flying over a medieval castle on a cliff, fog rolling in",
            {"🏰 stand", "environment cliff", "framing aerial", "weather fog", "camera zoom_in"},
        ),
        (
            "Two samurai duel in a bamboo forest, leaves falling, slow motion",
            {"samurai fight", "samurai x2", "samurai to samurai", "environment bamboo"},
        ),
        (
            "A little girl releases a paper lantern into the night sky, hundreds of lanterns rise",
            {"👧 release", "🏮 rise", "🏮 x40", "time night"},
        ),
        ("Time-lapse of a city skyline from day to night", {"time day", "until night", "environment city"}),
        (
            "A corgi surfing a big wave wearing sunglasses",
            {"🐕 on surfboard", "🐕 surf", "🕶️ worn 🐕", "environment sea", "surfboard surf"},
        ),
        (
            "一位宇航员骑着马在月球上奔跑，地球在背景中升起",
            {"🧑‍🚀 on 🐎", "🐎 run", "🌍 rise", "environment moon"},
        ),
        (
            "Product shot: a perfume bottle rotates on a marble table, soft studio light",
            {"perfume bottle spin", "environment studio"},
        ),
        (
            "un train traverse un pont au-dessus d'une vallée en automne",
            {"🚂 run", "environment bridge"},
        ),
        ("a man walks into a bar", {"👨 walk", "environment bar"}),
        ("猫咪听歌摇头晃脑", {"🐈 nod"}),
        ("A knight fights a dragon with a sword", {"sword held knight", "knight fight", "🐉 fight"}),
        ("a cat jumps from the sofa onto the table", {"🐈 jump", "🐈 on table"}),
        ("a boy with a balloon runs towards his dog", {"🎈 held 👦", "👦 run", "👦 to 🐕"}),
        ("a rabbit in a red car", {"🐇 in 🚗"}),
        ("two fish in a vase", {"🐟 in vase", "🐟 x2"}),
        ("a dog sleeps under a tree", {"🐕 sleep", "🌳 sway"}),
        ("a chef pours soup into a bowl", {"🧑‍🍳 pour", "🍲 held 🧑‍🍳"}),
        ("a woman watches the rain fall", {"👩 look", "weather rain"}),
        ("a boy flies a kite", {"🪁 fly", "👦 hold"}),
        ("the camera orbits around a statue in a museum", {"🗿 stand", "camera orbit", "environment room"}),
        ("a satellite orbits a planet", {"🛰️ fly", "environment space"}),
        ("night turns into day over a village", {"time night", "until day", "environment village"}),
        ("In der Küche trinkt ein Mann Kaffee, draußen fällt Schnee", {"👨 drink", "☕ held 👨", "weather snow"}),
        ("ein Hund, der einen Hut trägt, läuft über eine Wiese", {"👒 worn 🐕", "🐕 run", "environment meadow"}),
        ("une femme en robe rouge danse sous la pluie", {"👩 dance", "👗 worn 👩", "weather rain"}),
        ("サングラスをかけた犬が海でサーフィンをしている", {"🕶️ worn 🐕", "🐕 on surfboard", "environment sea"}),
        ("一个穿着红色连衣裙的女孩在雨中跳舞", {"👗 worn 👧", "👧 dance", "weather rain"}),
        ("猫の走る姿", {"🐈 run"}),
        ("夜の通りを歩く女", {"👩 walk", "environment street", "time night"}),
    ],
)
def test_roles_are_found(prompt: str, facts: set[str]) -> None:
    (shot,) = read_shots(prompt, 7)
    assert facts <= told(shot), told(shot)


def test_what_comes_one_after_the_other_is_told_in_shots() -> None:
    first, second = read_shots("a man walks into a bar, sits down and drinks coffee while it rains outside", 7)
    assert {"👨 walk", "environment bar"} <= told(first)
    assert {"👨 sit", "👨 drink", "☕ held 👨", "weather rain"} <= told(second)


@pytest.mark.parametrize("prompt", ["a street without people", "no cats, a street", "eine Straße ohne Menschen"])
def test_what_is_denied_is_not_shown(prompt: str) -> None:
    (shot,) = read_shots(prompt, 7)
    assert (shot.subjects, shot.environment) == ((), "street")


def test_two_of_a_kind_told_apart_by_colour_are_two() -> None:
    (shot,) = read_shots("a red ball and a blue ball roll down a hill", 7)
    assert [(ball.key, ball.colour) for ball in shot.subjects] == [("⚽", "d62b2b"), ("⚽ 2", "2f6fde")]


def test_a_green_meadow_is_not_a_green_sky() -> None:
    (shot,) = read_shots("a white horse on a green meadow", 7)
    assert (shot.tint, shot.ground, shot.subjects[0].colour) == (None, "3aa655", "f4f4f2")


def test_windows_belong_to_their_houses() -> None:
    (shot,) = read_shots("warm windows in a village at dusk", 7)
    assert shot.subjects == ()


def test_the_ball_of_an_image_is_that_image() -> None:
    (shot,) = read_shots("the ball of @img1 lies on white snow under a grey sky", 7)
    assert [subject.figure for subject in shot.subjects] == ["@img1"]
    assert (shot.environment, shot.weather) == ("snowfield", "clouds")


def test_and_distributes_over_images() -> None:
    (shot,) = read_shots("@img1 and @img3 fly, @img2 swims", 7)
    assert {subject.figure: subject.motion for subject in shot.subjects} == {
        "@img1": "fly",
        "@img3": "fly",
        "@img2": "swim",
    }


@pytest.mark.parametrize(
    ("prompt", "figure", "caption"),
    [
        ("a zorblax eats a sandwich", "paper animal", "zorblax"), ("a zorblax reads a book", "paper person", "zorblax"),
        ("a mime in a kitchen", "paper person", "mime"), ("a gazebo in a park", "paper building", "gazebo"),
        ('a sign that says "Open"', "🪧", "open"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_stands_there_with_its_word(prompt: str, figure: str, caption: str) -> None:
    (shot,) = read_shots(prompt, 7)
    assert (shot.subjects[0].figure, shot.subjects[0].caption) == (figure, caption)


@pytest.mark.parametrize(
    ("prompt", "figure"),
    [
        ("She walks along the beach", "👩"),
        ("he reads a book", "👨"),
        ("sie tanzt im Regen", "👩"),
        ("ella baila flamenco", "👩"),
        ("她在海边跳舞", "👩"),
        ("彼女は海辺で踊る", "👩"),
        ("reading a book by the fireplace", "🧑"),
        ("playing the piano", "🧑"),
    ],
)
def test_somebody_who_is_not_named_is_there(prompt: str, figure: str) -> None:
    assert subject(prompt, "someone").figure == figure


def test_rain_and_water_are_not_somebody() -> None:
    for prompt in ("it rains", "il pleut sur la ville", "waves at sunset, water spraying"):
        assert read_prompt(prompt, 7).subjects == (), prompt


def test_somebody_who_is_not_named_is_who_was_there() -> None:
    source = new_scene(read_prompt("a cat and an old woman on a beach", 7), 7)
    longer = continued(source, read_prompt("she dances and holds an umbrella", 7))
    dancer = next(one for one in longer.subjects if one.figure == "👵")
    assert (dancer.motion, dancer.gesture) == ("dance", "hold")
    assert next(one for one in longer.subjects if one.figure == "☂️").carrier == "👵"
    assert len(longer.subjects) == 3
    again = remixed(source, read_prompt("she dances", 7), 3)
    assert [one.motion for one in again.subjects if one.figure == "👵"] == ["dance"]


def test_an_act_alone_is_done_by_somebody() -> None:
    (dancer,) = new_scene(read_prompt("dancing in the rain", 7), 7).subjects
    assert (dancer.figure, dancer.motion) == ("🧑", "dance")
    assert new_scene(read_prompt("flying over mountains", 7), 7).subjects == ()


@pytest.mark.parametrize(
    ("prompt", "thing", "carrier", "held"),
    [
        ("桌子上放着一个苹果和一瓶红酒", "🍎", "table", "on"),
        ("雪人戴着围巾和礼帽站在院子里", "🎩", "⛄", "worn"),
        ("a man wears a hat and a scarf and waves", "🧣", "👨", "worn"),
        ("a man with a hat and a coat enters a bar", "🧥", "👨", "worn"),
        ("Un detective con gabardina y sombrero entra en un bar", "👒", "🕵️", "worn"),
        ("a penguin with a top hat on a boat on the sea", "🎩", "🐧", "worn"),
        ("a penguin with a top hat on a boat on the sea", "🐧", "⛵", "on"),
        ("un chat avec un chapeau sur un bateau", "🐈", "⛵", "on"),
        ("a girl with a balloon on a bicycle", "👧", "🚲", "on"),
        ("a cat with a hat on a table", "🐈", "table", "on"),
        ("a hat on a table", "👒", "table", "on"),
        ("a woman in a red dress in a boat", "👗", "👩", "worn"),
        ("a man eating ramen at a street food stall", "🍜", "👨", "held"),
        ("Un homme parle au téléphone", "📱", "👨", "held"),
        ("a woman talks on the phone", "📱", "👩", "held"),
        ("A cowboy rides into the sunset", "🤠", "🐎", "on"),
    ],
)
def test_things_are_where_the_sentence_puts_them(prompt: str, thing: str, carrier: str, held: str) -> None:
    one = subject(prompt, thing)
    assert (one.carrier, one.held) == (carrier, held)


@pytest.mark.parametrize(
    ("prompt", "figure", "motion"),
    [
        ("Aparece un cachorro en la nieve", "🐕", "appear"),
        ("arrive un train dans la gare", "🚂", "walk"),
        ("Sale un extraterrestre de una nave", "👽", "walk"),
        ("a snail crawls over a mushroom", "🐌", "crawl"),
        ("a tiger drinks from a river", "🐅", "bob"),
    ],
)
def test_who_comes_stands_behind_the_verb_in_some_languages(prompt: str, figure: str, motion: str) -> None:
    one = subject(prompt, figure)
    assert (one.motion, one.level) == (motion, None)


def test_what_stands_before_a_description_is_kept() -> None:
    reading = read_prompt("雪が降る村、煙突から煙が上がる小さな家", 7)
    assert (reading.weather, reading.environment) == ("snow", "village")


def test_an_adjective_behind_its_noun_describes_it() -> None:
    assert subject("una mujer joven", "👩").marks == ("young",)
    assert subject("una chica con vestido naranja", "👗").colour == "f08a1d"
