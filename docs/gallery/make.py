"""Create the gallery: a contact sheet of six frames per prompt, drawn by the animatic, and a page with all of them."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import av
import cv2
import numpy as np

from grok_video.backends.animatic.film import make_film
from grok_video.backends.animatic.plan import plan_film
from grok_video.domain.request import FPS, AspectRatio, Format, Mode, Operation, Resolution
from grok_video.domain.task import Task
from grok_video.ports import Job

PROMPTS = {
    "cat-rain": "a cat with headphones dancing in heavy rain",
    "cat-rain-zh": "一只戴着耳机的猫在大雨中跳舞",
    "neon-car": "a red sports car on a neon street at night, camera follows",
    "aurora-whale": "a whale under the northern lights",
    "mars": "three astronauts on Mars at sunrise",
    "paper-boat": "a paper boat on a river in autumn",
    "village-snow": "snow falling on a village at dusk",
    "rocket": "a rocket launch, then stars",
    "lighthouse": "a lighthouse in a storm with lightning",
    "reef": "a fish and a turtle on a coral reef",
    "kujira-ja": "夕焼けの海で泳ぐ大きなクジラ",
    "kitsune-ja": "桜の花びら、川のそばを歩くキツネ",
    "bailarina-es": "una bailarina en la playa al atardecer, luego la noche con fuegos artificiales",
    "dragon-es": "un dragón vuela sobre las montañas al amanecer",
    "renard-fr": "un renard dans la forêt sous la neige, la nuit",
    "baer-de": "ein Bär auf einem Fahrrad auf der Straße, vintage",
    "chase": "a dog chasing a cat in a meadow in spring",
    "wizard": "a wizard in a spooky forest with fireflies",
    "guitar": "a bear with a guitar in a cozy room at night, snow",
    "penguin": "a penguin with a top hat on a boat on the sea, watercolour",
    "noir": "a man with an umbrella in a city at night in the rain, film noir",
    "camels": "three camels walking in the desert at sunset, zoom in",
    "unicorn": "a unicorn under a rainbow in the mountains, pastel",
    "duck-zh": "两只鸭子在湖上游泳，清晨大雾",
    "fisherman": ("Cinematic close-up of an old fisherman's weathered face, golden hour, waves crashing behind him"),
    "castle": "A drone shot flying over a medieval castle on a cliff, fog rolling in",
    "samurai": "Two samurai duel in a bamboo forest, leaves falling, slow motion",
    "lanterns": "A little girl releases a paper lantern into the night sky, hundreds of lanterns rise",
    "timelapse": "Time-lapse of a city skyline from day to night",
    "corgi": "A corgi surfing a big wave wearing sunglasses",
    "astronaut-zh": "一位宇航员骑着马在月球上奔跑，地球在背景中升起",
    "perfume": "Product shot: a perfume bottle rotates on a marble table, soft studio light",
    "viaduc-fr": "un train traverse un pont au-dessus d'une vallée en automne",
    "bar": "a man walks into a bar, sits down and drinks coffee while it rains outside",
    "kaminzimmer-de": "eine alte Frau liest ein Buch vor dem Kamin, draußen schneit es",
    "ramen-ja": "屋台でラーメンを食べる男、雨の夜、提灯の灯り",
}
SIZE, SECONDS = (1280, 720), 6
TILE, COLUMNS, ROWS, QUALITY = (400, 225), 3, 2, 84


def main(folder: Path, names: list[str]) -> None:
    """Draw the named sheets, or all of them, and write the page."""
    cv2.setNumThreads(1)
    lines = ["# Gallery", "", _PREFACE, ""]
    for name, prompt in PROMPTS.items():
        if not names or name in names:
            _sheet(folder / f"{name}.jpg", prompt)
        lines += [f"### {prompt}", "", f"![Six frames]({name}.jpg)", ""]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


_PREFACE = (
    "Six frames each of six-second videos, drawn by the animatic on a CPU: procedural previz, **not\n"
    "generative AI**. Created by `make gallery` with seed 7."
)


def _sheet(path: Path, prompt: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        film, facts = plan_film(_job(prompt, Path(folder) / "film.mp4"))
        if facts["not_understood"]:
            print(f"{prompt}: not understood: {facts['not_understood']}", file=sys.stderr)
        make_film(lambda _: None, film)
        with av.open(film.output) as container:
            shown = {round((at + 0.5) * film.frames / 6) for at in range(6)}
            frames = [
                cv2.resize(frame.to_ndarray(format="bgr24"), TILE, interpolation=cv2.INTER_AREA)
                for number, frame in enumerate(container.decode(video=0))
                if number in shown
            ]
    rows = [np.hstack(frames[at * COLUMNS : (at + 1) * COLUMNS]) for at in range(ROWS)]
    cv2.imwrite(str(path), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _job(prompt: str, output: Path) -> Job:
    now = time.time()
    task = Task(
        id=UUID(int=1), owner="operator", format=Format.OPENAI, operation=Operation.CREATE, mode=Mode.TEXT,
        model="grok-video-3", prompt=prompt, aspect_ratio=AspectRatio.R16_9, resolution=Resolution.P720,
        width=SIZE[0], height=SIZE[1], seconds=SECONDS, frames=SECONDS * FPS, seed=7, backend="animatic",
        created_at=now, updated_at=now,
    )  # fmt: skip
    return Job(task, output)


if __name__ == "__main__":
    main(Path(__file__).parent, sys.argv[1:])
