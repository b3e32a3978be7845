"""Pipelines of diffusers with random weights of a few kilobytes, saved to folders as real ones are.

torch and diffusers are imported by the functions only, because most machines that run the tests have neither. A
pipeline that was loaded from its folder differs from the one that was saved, so compare loaded with loaded.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

TEXT_WIDTH = 32


def save_all(folder: Path) -> None:
    """Save `t2v`, `i2v` and `vace` for Wan, and `ltx` for LTX-2, into a folder each."""
    save_wan(folder)
    save_ltx(folder / "ltx")


def save_wan(folder: Path) -> None:
    """Save `t2v`, `i2v` and `vace`."""
    import diffusers

    parts = _wan_parts()
    size = {"patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12, "out_channels": 16,
            "text_dim": TEXT_WIDTH, "freq_dim": 32, "ffn_dim": 32, "cross_attn_norm": True,
            "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 64}  # fmt: skip
    plain = diffusers.WanTransformer3DModel(in_channels=16, num_layers=1, **size)
    diffusers.WanPipeline(transformer=plain, **parts).save_pretrained(folder / "t2v")
    # As Wan 2.2: two experts and no image encoder; the input has the noise, the image and its mask.
    first, second = (diffusers.WanTransformer3DModel(in_channels=36, num_layers=1, **size) for _ in range(2))
    diffusers.WanImageToVideoPipeline(
        transformer=first, transformer_2=second, boundary_ratio=0.9, image_encoder=None, image_processor=None, **parts
    ).save_pretrained(folder / "i2v")
    controlled = diffusers.WanVACETransformer3DModel(
        in_channels=16, num_layers=2, vace_layers=[0, 1], vace_in_channels=96, **size
    )
    diffusers.WanVACEPipeline(transformer=controlled, **parts).save_pretrained(folder / "vace")


def _wan_parts() -> dict[str, Any]:
    import diffusers
    import torch
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    tokenizer = _tokenizer()
    config = UMT5Config(vocab_size=len(tokenizer), d_model=TEXT_WIDTH, d_kv=8, d_ff=32, num_layers=1, num_heads=4)
    vae = diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    return {
        "vae": vae,
        "scheduler": diffusers.UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        "text_encoder": UMT5EncoderModel(config),
        "tokenizer": tokenizer,
    }


def _tokenizer(**special: str) -> Any:
    """Return a tokenizer of single characters."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", **special}
    words = [*special.values(), *string.printable]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def save_ltx(folder: Path) -> None:
    """Save LTX-2, with sound."""
    import diffusers
    import torch
    from diffusers.pipelines.ltx2 import LTX2TextConnectors
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    torch.manual_seed(0)
    tokenizer = _tokenizer(bos_token="<bos>", boi_token="<boi>", eoi_token="<eoi>", image_token="<image>")
    layers, width = 2, 32
    text = {"vocab_size": len(tokenizer), "hidden_size": width, "intermediate_size": 32, "num_hidden_layers": layers,
            "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "sliding_window": 8}  # fmt: skip
    vision = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
              "image_size": 28, "patch_size": 14}  # fmt: skip
    encoder = Gemma3ForConditionalGeneration(
        Gemma3Config(text_config=text, vision_config=vision, mm_tokens_per_image=4, image_token_index=0)
    )
    transformer = diffusers.LTX2VideoTransformer3DModel(
        in_channels=4, out_channels=4, patch_size=1, patch_size_t=1, num_attention_heads=2, attention_head_dim=8,
        cross_attention_dim=16, audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2,
        audio_attention_head_dim=4, audio_cross_attention_dim=8, num_layers=1, qk_norm="rms_norm_across_heads",
        caption_channels=width, rope_double_precision=False, rope_type="split",
    )  # fmt: skip
    connectors = LTX2TextConnectors(
        caption_channels=width, text_proj_in_factor=layers + 1, video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8, video_connector_num_layers=1,
        video_connector_num_learnable_registers=None, audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=8, audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None, connector_rope_base_seq_len=32, rope_theta=10000.0,
        rope_double_precision=False, causal_temporal_positioning=False, rope_type="split",
    )  # fmt: skip
    # One halving in space and time, and a patch of 4, so that 32 pixels and 8 frames are more than one latent.
    vae = diffusers.AutoencoderKLLTX2Video(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8,), decoder_block_out_channels=(8,),
        layers_per_block=(1,), decoder_layers_per_block=(1, 1), spatio_temporal_scaling=(True,),
        decoder_spatio_temporal_scaling=(True,), decoder_inject_noise=(False, False),
        downsample_type=("spatiotemporal",), upsample_residual=(False,), upsample_factor=(1,),
        timestep_conditioning=False, patch_size=4, patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    audio_vae = diffusers.AutoencoderKLLTX2Audio(
        base_channels=4, output_channels=2, ch_mult=(1,), num_res_blocks=1, attn_resolutions=None, in_channels=2,
        resolution=32, latent_channels=2, norm_type="pixel", causality_axis="height", dropout=0.0,
        mid_block_add_attention=False, sample_rate=16000, mel_hop_length=160, is_causal=True, mel_bins=8,
    )  # fmt: skip
    vocoder = LTX2Vocoder(
        in_channels=16, hidden_channels=32, out_channels=2, upsample_kernel_sizes=[10, 32], upsample_factors=[5, 32],
        resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]], leaky_relu_negative_slope=0.1,
        output_sampling_rate=16000,
    )  # fmt: skip
    diffusers.LTX2ConditionPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(), vae=vae, audio_vae=audio_vae, text_encoder=encoder,
        tokenizer=tokenizer, connectors=connectors, transformer=transformer, vocoder=vocoder,
    ).save_pretrained(folder)  # fmt: skip
