"""The process that holds a pipeline: what it is given, what it keeps secret, and what it refuses to load."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from grok_video.backends.diffusers import process as process_module
from grok_video.backends.diffusers.loading import LoadFailed, Pipelines, is_out_of_memory
from grok_video.backends.diffusers.process import PipelineProcess
from grok_video.domain.errors import SandboxFailed, Unavailable

from .conftest import IMITATED, TORCH, named_weights, tiny_weights

WEIGHTS: dict[str, Any] = {
    "name": "t2v", "repository": "", "revision": "", "dtype": "float32", "float32": [], "loras": [], "scheduler": {},
    "offload": "none", "tiling": False,
}  # fmt: skip


def request(folder: Path, output: Path, **changed: Any) -> dict[str, Any]:
    weights = {**WEIGHTS, "folder": str(folder / "t2v"), **changed.pop("weights", {})}
    arguments = {"prompt": "a cat", "width": 64, "height": 48, "num_frames": 5, "num_inference_steps": 2}
    return {
        "do": "make", "pipeline": "WanPipeline", "weights": weights, "arguments": arguments, "seed": 7,
        "size": [64, 48], "frames": 5, "trailing": 0, "fps": 4.0, "output": str(output), **changed,
    }  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[PipelineProcess], Awaitable[Any]]], Any]:
    """Run a test's part with a process on the imitation."""
    monkeypatch.setenv("PYTHONPATH", IMITATED["PYTHONPATH"])
    return ended


def ended(part: Callable[[PipelineProcess], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        process = PipelineProcess(device=None, seconds=100)
        try:
            return await part(process)
        finally:
            await process.close()

    return asyncio.run(whole())


def test_everything_of_the_profile_reaches_the_pipeline(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_weights(tmp_path)
    (tmp_path / "fast.safetensors").touch()
    monkeypatch.setenv("TORCH_IMITATION_LOG", str(tmp_path / "calls"))
    weights = {
        "dtype": "bfloat16", "float32": ["vae"], "scheduler": {"flow_shift": 8.0}, "tiling": True,
        "loras": [{"file": str(tmp_path / "fast.safetensors"), "scale": 0.5, "component": "transformer"}],
    }  # fmt: skip
    facts = run(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4", weights=weights)))
    assert facts == {"width": 64, "height": 48, "frames": 5, "fps": 4.0, "sound": False, "offload": "none"}
    (call,) = map(json.loads, (tmp_path / "calls").read_text().splitlines())
    assert call["dtypes"] == {"default": "bfloat16", "vae": "float32"}
    assert call["scheduler"] == {"flow_shift": 8.0}
    assert call["adapters"] == {"lora_0": 0.5}
    assert call["tiling"] is True


def test_progress_is_told_at_each_step(run: Callable[..., Any], tmp_path: Path) -> None:
    named_weights(tmp_path)
    seen: list[float] = []
    run(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4"), seen.append))
    assert seen == [50.0, 100.0]


def test_no_secret_of_the_server_reaches_the_process(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_weights(tmp_path)
    monkeypatch.setenv("GROK_VIDEO_XAI_API_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HF_HOME", "/weights")

    async def environment(process: PipelineProcess) -> str:
        await process.ask(request(tmp_path, tmp_path / "out.mp4"))
        child = process._child
        assert child is not None
        return Path(f"/proc/{child.pid}/environ").read_text()

    told = run(environment)
    assert "HF_HOME=/weights" in told
    assert "secret" not in told


@pytest.mark.parametrize(("change", "said"), [
    ({"folder": "", "repository": "someone/wan", "revision": "0" * 40}, "The weights t2v cannot be loaded: OSError"),
    ({"folder": "/nowhere"}, "The folder of the weights t2v does not exist here"),
    ({"loras": [{"file": "/nowhere/x.safetensors", "scale": 1.0, "component": "transformer"}]},
     "LoRA 1 of the weights t2v does not exist here"),
])  # fmt: skip
def test_weights_that_cannot_be_loaded_are_worth_another_attempt(
    run: Callable[..., Any], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    named_weights(tmp_path)
    with pytest.raises(Unavailable, match=said) as failed:
        run(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4", weights=change)))
    # Callers read this, and folders of the server are not their business.
    assert "/" not in failed.value.message


def test_a_response_that_is_no_json_ends_the_process(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text("import sys\nsys.stdin.readline()\nprint('not json', flush=True)\nsys.stdin.read()\n")

    async def asked() -> None:
        process = PipelineProcess(device=None, seconds=20, command=(sys.executable, str(script)))
        try:
            await process.ask({"do": "make"})
        finally:
            await process.close()

    with pytest.raises(SandboxFailed, match="invalid response"):
        asyncio.run(asked())


def test_describe_names_what_the_profile_gets_wrong(run: Callable[..., Any], tmp_path: Path) -> None:
    named_weights(tmp_path)
    task = {"kind": "text", "pipeline": "WanPipeline", "arguments": ["prompt", "colour"],
            "weights": {**WEIGHTS, "folder": str(tmp_path / "t2v")}}  # fmt: skip
    absent = {**task, "kind": "remix", "pipeline": "NoSuchPipeline", "weights": {**WEIGHTS, "folder": "/nowhere"}}
    told = run(lambda process: process.ask({"do": "describe", "tasks": [task, absent]}))
    assert told["problems"] == [
        "WanPipeline has no argument 'colour' (task text).",
        "diffusers 0.42.1 has no pipeline NoSuchPipeline.",
        "The weights t2v: /nowhere has no model_index.json.",
    ]


def test_a_library_that_cannot_be_imported_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libcudart.so.13: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"^torch cannot be imported: OSError\.$"):
        ended(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4")))


def test_no_file_of_the_current_folder_takes_the_place_of_a_module(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_weights(tmp_path)
    (tmp_path / "queue.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    run(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4")))


def test_loading_is_not_ended_by_a_cancellation(
    run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named_weights(tmp_path)
    monkeypatch.setattr(process_module, "STOP_SECONDS", 0.1)
    monkeypatch.setenv("TORCH_IMITATION_LOADING", "2")

    async def cancelled(process: PipelineProcess) -> tuple[int, int]:
        asking = asyncio.create_task(process.ask(request(tmp_path, tmp_path / "out.mp4")))
        while not process._loading:
            await asyncio.sleep(0.05)
        before = process._child
        asking.cancel()
        await asyncio.wait([asking])
        await process.ask(request(tmp_path, tmp_path / "out.mp4"))
        assert before is not None
        assert process._child is not None
        return before.pid, process._child.pid

    before, after = run(cancelled)
    assert before == after


def test_memory_is_saved_step_by_step(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[tuple[Any, ...]] = []
    pipelines, weights = Pipelines("cuda"), {**WEIGHTS, "offload": "model"}
    monkeypatch.setattr(pipelines, "drop", lambda: saved.append(tuple(pipelines._reduced["t2v"].values())))
    while pipelines.save_memory(weights):
        pass
    # Tiles first: sequential offload makes every step slower. The last one changed nothing.
    assert saved == [(True, "model"), (True, "sequential"), (True, "sequential")]
    named_weights(tmp_path)
    monkeypatch.setenv("TORCH_IMITATION_LOG", str(tmp_path / "calls"))
    asked = request(tmp_path, tmp_path / "out.mp4", weights={"offload": "model"})
    asked["arguments"]["prompt"] = "a huge cat"
    with pytest.raises(SandboxFailed, match="not enough memory"):
        run(lambda process: process.ask(asked))
    assert [json.loads(line)["tiling"] for line in (tmp_path / "calls").read_text().splitlines()] == [False, True, True]


@pytest.mark.parametrize(("error", "short"), [
    (MemoryError(), True), (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
    (RuntimeError("CUDA error: out of memory"), True), (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
    (OSError(12, "Cannot allocate memory"), True), (RuntimeError("DefaultCPUAllocator: can't allocate memory"), True),
    (RuntimeError("CUDA error: device-side assert triggered"), False), (ValueError("5"), False),
])  # fmt: skip
def test_out_of_memory_has_many_names(error: Exception, short: bool) -> None:
    assert is_out_of_memory(error) is short


@TORCH
class TestWithTorch:
    """With the real libraries and random weights."""

    def test_a_seed_gives_the_same_frames(self, tmp_path: Path) -> None:
        async def twice(process: PipelineProcess) -> None:
            for number, seed in enumerate((7, 7, 8)):
                await process.ask(request(tiny_weights(), tmp_path / f"{number}.mp4", seed=seed))

        ended(twice)
        first, second, other = [(tmp_path / f"{number}.mp4").read_bytes() for number in range(3)]
        assert first == second != other

    def test_only_safetensors_are_loaded(self, tmp_path: Path) -> None:
        import torch
        from safetensors.torch import load_file

        shutil.copytree(tiny_weights() / "t2v", tmp_path / "t2v")
        file = next((tmp_path / "t2v" / "transformer").glob("*.safetensors"))
        torch.save(load_file(file), file.with_suffix(".bin"))
        file.unlink()
        with pytest.raises(Unavailable, match="The weights t2v cannot be loaded: OSError"):
            ended(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4")))

    def test_no_code_of_a_folder_is_run(self, tmp_path: Path) -> None:
        shutil.copytree(tiny_weights() / "t2v", tmp_path / "t2v")
        (tmp_path / "t2v" / "pipeline.py").write_text("open('/tmp/run', 'w')\nclass Mine: pass\n")
        index = tmp_path / "t2v" / "model_index.json"
        index.write_text(json.dumps({**json.loads(index.read_text()), "_class_name": ["pipeline", "Mine"]}))
        with pytest.raises(Unavailable, match="cannot be loaded"):
            ended(lambda process: process.ask(request(tmp_path, tmp_path / "out.mp4")))
        assert not Path("/tmp/run").exists()

    def test_a_class_that_the_weights_lack_leaves_the_others_whole(self) -> None:
        # "cpu:0" counts as a device that parts are moved to and from.
        weights = {**WEIGHTS, "folder": str(tiny_weights() / "t2v"), "offload": "model"}
        pipelines = Pipelines("cpu:0")
        hooks = len(pipelines.get(weights, "WanPipeline")._all_hooks)
        with pytest.raises(LoadFailed, match="lack a component of LTX2ConditionPipeline"):
            pipelines.get(weights, "LTX2ConditionPipeline")
        assert len(pipelines.get(weights, "WanPipeline")._all_hooks) == hooks > 0
        assert len(pipelines.get(weights, "WanVideoToVideoPipeline")._all_hooks) > 0

    def test_a_lora_changes_the_frames(self, tmp_path: Path) -> None:
        lora = tmp_path / "style.safetensors"
        asyncio.run(asyncio.to_thread(save_lora, lora))
        weights = {"loras": [{"file": str(lora), "scale": 2.0, "component": "transformer"}]}

        async def both(process: PipelineProcess) -> None:
            await process.ask(request(tiny_weights(), tmp_path / "plain.mp4"))
            await process.ask(request(tiny_weights(), tmp_path / "styled.mp4", weights=weights))

        ended(both)
        assert (tmp_path / "plain.mp4").read_bytes() != (tmp_path / "styled.mp4").read_bytes()


def save_lora(file: Path) -> None:
    """Save a LoRA of the tiny transformer with random weights."""
    import diffusers
    import torch
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipe = diffusers.WanPipeline.from_pretrained(tiny_weights() / "t2v")
    torch.manual_seed(1)
    pipe.transformer.add_adapter(LoraConfig(r=4, target_modules=["to_q", "to_v"], init_lora_weights=False))
    diffusers.WanPipeline.save_lora_weights(
        file.parent, get_peft_model_state_dict(pipe.transformer), weight_name=file.name
    )
