"""The nodes that the imitated ComfyUI knows, in a short notation.

Transcribed from ComfyUI 0.33.0 (commit 783545f6): nodes.py and comfy_extras/nodes_*.py, without the texts for people
(tooltips, descriptions, search words). A line "= version|class|display name|category|module" begins a node: version 1
declares its inputs in INPUT_TYPES, version 3 in a schema, which /object_info shows differently. "! " lists its flags,
"> " its outputs as TYPE or TYPE:name. Every other line is an input: name, type, options; "?" marks an optional one, "@"
a list of files or names; a comma-separated type in small letters is a list of choices; "{}" stands for no options. In
options and names "~" stands for a space.
"""

from __future__ import annotations

# comfy/samplers.py:971, 1356 and 1365.
SAMPLERS = """
euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 exp_heun_2_x0 exp_heun_2_x0_sde dpm_2
dpm_2_ancestral lms dpm_fast dpm_adaptive dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m
dpmpp_2m_cfg_pp dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm
lcm ipndm ipndm_v deis res_multistep res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp
gradient_estimation gradient_estimation_cfg_pp er_sde seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc uni_pc_bh2
""".split()
SCHEDULERS = "simple sgm_uniform karras exponential ddim_uniform beta normal linear_quadratic kl_optimal".split()
# nodes.py:1011.
CLIP_TYPES = """
stable_diffusion stable_cascade sd3 stable_audio mochi ltxv pixart cosmos lumina2 wan hidream chroma ace omnigen2
qwen_image hunyuan_image flux2 ovis longcat_image cogvideox lens pixeldit ideogram4 boogu krea2 joyimage mage minimax
""".split()

TABLE = """
= 1|UNETLoader|Load Diffusion Model|model/loaders|nodes
> MODEL
unet_name @diffusion_models
weight_dtype default,fp8_e4m3fn,fp8_e4m3fn_fast,fp8_e5m2 advanced=true
= 1|CheckpointLoaderSimple|Load Checkpoint|model/loaders|nodes
> MODEL CLIP VAE
ckpt_name @checkpoints {}
= 1|CLIPLoader|Load CLIP|model/loaders|nodes
> CLIP
clip_name @text_encoders
type @clip_types
?device default,cpu advanced=true
= 1|VAELoader|Load VAE|model/loaders|nodes
> VAE
vae_name @vae
= 1|CLIPTextEncode|CLIP Text Encode (Prompt)|model/conditioning|nodes
> CONDITIONING
text STRING multiline=true dynamicPrompts=true
clip CLIP {}
= 1|LoadImage|Load Image|image|nodes
> IMAGE MASK
image @images image_upload=true
= 3|LoadVideo|Load Video|video|nodes_video
> VIDEO
file @videos video_upload=true
= 3|GetVideoComponents|Get Video Components|video|nodes_video
> IMAGE:images AUDIO:audio FLOAT:fps INT:bit_depth COMBO:color_space
video VIDEO
= 1|ImageScale|Upscale Image|image/upscaling|nodes
> IMAGE
image IMAGE
upscale_method nearest-exact,bilinear,area,bicubic,lanczos
width INT default=512 min=0 max=16384 step=1
height INT default=512 min=0 max=16384 step=1
crop disabled,center
= 1|ImageScaleBy|Upscale Image By|image/upscaling|nodes
> IMAGE
image IMAGE
upscale_method nearest-exact,bilinear,area,bicubic,lanczos
scale_by FLOAT default=1.0 min=0.01 max=8.0 step=0.01
= 3|GetImageSize|Get Image Size|image|nodes_images
! unique_id
> INT:width INT:height INT:batch_size
image IMAGE
= 1|EmptyImage|Empty Image|image|nodes
> IMAGE
width INT default=512 min=1 max=16384 step=1
height INT default=512 min=1 max=16384 step=1
batch_size INT default=1 min=1 max=4096
color INT default=0 min=0 max=16777215 step=1 display="color"
= 3|ImageFromBatch|Get Image from Batch|image/batch|nodes_images
> IMAGE
image IMAGE
batch_index INT default=0 min=-16384 max=16384
length INT default=1 min=1 max=4096
= 1|ModelSamplingSD3|ModelSamplingSD3|model/patch/stable diffusion|nodes_model_advanced
> MODEL
model MODEL
shift FLOAT default=3.0 min=0.0 max=100.0 step=0.01
= 1|KSampler|KSampler|model/sampling|nodes
> LATENT
model MODEL {}
seed INT default=0 min=0 max=18446744073709551615 control_after_generate=true
steps INT default=20 min=1 max=10000
cfg FLOAT default=8.0 min=0.0 max=100.0 step=0.1 round=0.01
sampler_name @samplers {}
scheduler @schedulers {}
positive CONDITIONING {}
negative CONDITIONING {}
latent_image LATENT {}
denoise FLOAT default=1.0 min=0.0 max=1.0 step=0.01
= 1|KSamplerAdvanced|KSampler (Advanced)|model/sampling|nodes
> LATENT
model MODEL
add_noise enable,disable advanced=true
noise_seed INT default=0 min=0 max=18446744073709551615 control_after_generate=true
steps INT default=20 min=1 max=10000
cfg FLOAT default=8.0 min=0.0 max=100.0 step=0.1 round=0.01
sampler_name @samplers
scheduler @schedulers
positive CONDITIONING
negative CONDITIONING
latent_image LATENT
start_at_step INT default=0 min=0 max=10000 advanced=true
end_at_step INT default=10000 min=0 max=10000 advanced=true
return_with_leftover_noise disable,enable advanced=true
= 1|VAEDecode|VAE Decode|model/latent|nodes
> IMAGE
samples LATENT {}
vae VAE {}
= 1|VAEDecodeTiled|VAE Decode (Tiled)|model/latent|nodes
> IMAGE
samples LATENT
vae VAE
tile_size INT default=512 min=64 max=4096 step=32 advanced=true
overlap INT default=64 min=0 max=4096 step=32 advanced=true
temporal_size INT default=64 min=8 max=4096 step=4 advanced=true
temporal_overlap INT default=8 min=4 max=4096 step=4 advanced=true
= 3|EmptyHunyuanLatentVideo|Empty HunyuanVideo 1.0 Latent|model/latent/hunyuan video|nodes_hunyuan
> LATENT
width INT default=848 min=16 max=16384 step=16
height INT default=480 min=16 max=16384 step=16
length INT default=25 min=1 max=16384 step=4
batch_size INT default=1 min=1 max=4096
= 3|WanImageToVideo||model/conditioning/wan|nodes_wan
> CONDITIONING:positive CONDITIONING:negative LATENT:latent
positive CONDITIONING
negative CONDITIONING
vae VAE
width INT default=832 min=16 max=16384 step=16
height INT default=480 min=16 max=16384 step=16
length INT default=81 min=1 max=16384 step=4
batch_size INT default=1 min=1 max=4096
?clip_vision_output CLIP_VISION_OUTPUT
?start_image IMAGE
= 3|WanFirstLastFrameToVideo||model/conditioning/wan|nodes_wan
> CONDITIONING:positive CONDITIONING:negative LATENT:latent
positive CONDITIONING
negative CONDITIONING
vae VAE
width INT default=832 min=16 max=16384 step=16
height INT default=480 min=16 max=16384 step=16
length INT default=81 min=1 max=16384 step=4
batch_size INT default=1 min=1 max=4096
?clip_vision_start_image CLIP_VISION_OUTPUT
?clip_vision_end_image CLIP_VISION_OUTPUT
?start_image IMAGE
?end_image IMAGE
= 3|WanVaceToVideo||model/conditioning/wan/vace|nodes_wan
> CONDITIONING:positive CONDITIONING:negative LATENT:latent INT:trim_latent
positive CONDITIONING
negative CONDITIONING
vae VAE
width INT default=832 min=16 max=16384 step=16
height INT default=480 min=16 max=16384 step=16
length INT default=81 min=1 max=16384 step=4
batch_size INT default=1 min=1 max=4096
strength FLOAT default=1.0 min=0.0 max=1000.0 step=0.01
?control_video IMAGE
?control_masks MASK
?reference_image IMAGE
= 3|Wan22ImageToVideoLatent||model/conditioning/wan|nodes_wan
> LATENT
vae VAE
width INT default=1280 min=32 max=16384 step=32
height INT default=704 min=32 max=16384 step=32
length INT default=49 min=1 max=16384 step=4
batch_size INT default=1 min=1 max=4096
?start_image IMAGE
= 3|TrimVideoLatent|Trim Video Latent|model/latent|nodes_wan
> LATENT
samples LATENT
trim_amount INT default=0 min=0 max=99999
= 1|LoraLoaderModelOnly|Load LoRA|model/loaders|nodes
> MODEL
model MODEL
lora_name @loras
strength_model FLOAT default=1.0 min=-100.0 max=100.0 step=0.01
= 3|CreateVideo|Create Video|video|nodes_video
> VIDEO
images IMAGE
fps FLOAT default=30.0 min=1.0 max=120.0 step=1.0
?audio AUDIO
?bit_depth INT default=8 min=8 max=10 step=2 display="number"
= 3|SaveWEBM|Save WEBM|video|nodes_video
! output experimental
> IMAGE:images
images IMAGE
filename_prefix STRING default="ComfyUI" multiline=false
codec vp9,av1
fps FLOAT default=24.0 min=0.01 max=1000.0 step=0.01
crf FLOAT default=32.0 min=0 max=63.0 step=1
= 3|SaveAnimatedWEBP|Save Animated WEBP|image|nodes_images
! output
> IMAGE:images
images IMAGE
filename_prefix STRING default="ComfyUI" multiline=false
fps FLOAT default=6.0 min=0.01 max=1000.0 step=0.01
lossless BOOLEAN default=true
quality INT default=80 min=0 max=100
method default,fastest,slowest
= 1|SaveImage|Save Image|image|nodes
! output
> IMAGE:images
images IMAGE {}
filename_prefix STRING default="ComfyUI"
= 1|PreviewImage|Preview Image|image|nodes
! output
> IMAGE:images
images IMAGE
= 3|EmptyLTXVLatentVideo||model/latent/ltxv|nodes_lt
> LATENT
width INT default=768 min=64 max=16384 step=32
height INT default=512 min=64 max=16384 step=32
length INT default=97 min=1 max=16384 step=8
batch_size INT default=1 min=1 max=4096
= 3|LTXVImgToVideo||model/conditioning/ltxv|nodes_lt
> CONDITIONING:positive CONDITIONING:negative LATENT:latent
positive CONDITIONING
negative CONDITIONING
vae VAE
image IMAGE
width INT default=768 min=64 max=16384 step=32
height INT default=512 min=64 max=16384 step=32
length INT default=97 min=9 max=16384 step=8
batch_size INT default=1 min=1 max=4096
strength FLOAT default=1.0 min=0.0 max=1.0
= 3|LTXVImgToVideoInplace||model/conditioning/ltxv|nodes_lt
> LATENT:latent
vae VAE
image IMAGE
latent LATENT
strength FLOAT default=1.0 min=0.0 max=1.0
bypass BOOLEAN default=false
= 3|LTXVConditioning||model/conditioning/ltxv|nodes_lt
> CONDITIONING:positive CONDITIONING:negative
positive CONDITIONING
negative CONDITIONING
frame_rate FLOAT default=25.0 min=0.0 max=1000.0 step=0.01
= 3|LTXVScheduler||model/sampling/schedulers|nodes_lt
> SIGMAS
steps INT default=20 min=1 max=10000
max_shift FLOAT default=2.05 min=0.0 max=100.0 step=0.01
base_shift FLOAT default=0.95 min=0.0 max=100.0 step=0.01
stretch BOOLEAN advanced=true default=true
terminal FLOAT advanced=true default=0.1 min=0.0 max=0.99 step=0.01
?latent LATENT
= 3|SamplerCustom||model/sampling/custom|nodes_custom_sampler
> LATENT:output LATENT:denoised_output
model MODEL
add_noise BOOLEAN advanced=true default=true
noise_seed INT default=0 min=0 max=18446744073709551615 control_after_generate=true
cfg FLOAT default=8.0 min=0.0 max=100.0 step=0.1 round=0.01
positive CONDITIONING
negative CONDITIONING
sampler SAMPLER
sigmas SIGMAS
latent_image LATENT
= 3|SamplerCustomAdvanced||model/sampling/custom|nodes_custom_sampler
> LATENT:output LATENT:denoised_output
noise NOISE
guider GUIDER
sampler SAMPLER
sigmas SIGMAS
latent_image LATENT
= 3|KSamplerSelect||model/sampling/samplers|nodes_custom_sampler
> SAMPLER
sampler_name @samplers
= 3|RandomNoise||model/sampling/noise|nodes_custom_sampler
> NOISE
noise_seed INT default=0 min=0 max=18446744073709551615 control_after_generate=true
= 3|CFGGuider|CFG Guider|model/sampling/guiders|nodes_custom_sampler
> GUIDER
model MODEL
positive CONDITIONING
negative CONDITIONING
cfg FLOAT default=8.0 min=0.0 max=100.0 step=0.1 round=0.01
= 3|ManualSigmas||model/sampling/sigmas|nodes_custom_sampler
! experimental
> SIGMAS
sigmas STRING default="1,~0.5" multiline=false
= 3|LTXVAddGuide||model/conditioning/ltxv|nodes_lt
> CONDITIONING:positive CONDITIONING:negative LATENT:latent
positive CONDITIONING
negative CONDITIONING
vae VAE
latent LATENT
image IMAGE
frame_idx INT default=0 min=-9999 max=9999
strength FLOAT default=1.0 min=0.0 max=10.0 step=0.01
?attention_mask MASK
?iclora_parameters IC_LORA_PARAMETERS
= 3|LTXVCropGuides||model/conditioning/ltxv|nodes_lt
> CONDITIONING:positive CONDITIONING:negative LATENT:latent
positive CONDITIONING
negative CONDITIONING
latent LATENT
= 3|LTXVPreprocess|LTXV Preprocess|video/preprocessors|nodes_lt
> IMAGE:output_image
image IMAGE
img_compression INT default=35 min=0 max=100
= 3|LTXVLatentUpsampler||model/latent/ltxv|nodes_lt_upsampler
! experimental
> LATENT
samples LATENT
upscale_model LATENT_UPSCALE_MODEL
vae VAE
= 3|LatentUpscaleModelLoader|Load Latent Upscale Model|model/loaders|nodes_hunyuan
> LATENT_UPSCALE_MODEL
model_name @latent_upscale_models
= 3|LTXVAudioVAELoader|Load LTXV Audio VAE|model/loaders|nodes_lt_audio
> VAE:Audio~VAE
ckpt_name @checkpoints
= 3|LTXVAudioVAEDecode|LTXV Audio VAE Decode|model/latent/ltxv|nodes_lt_audio
> AUDIO:Audio
samples LATENT
audio_vae VAE display_name="Audio~VAE"
= 3|LTXVEmptyLatentAudio|LTXV Empty Latent Audio|model/latent/ltxv|nodes_lt_audio
> LATENT:Latent
frames_number INT default=97 min=1 max=1000 step=1 display="number"
frame_rate FLOAT,INT default=25.0 widgetType="FLOAT" min=1.0 max=1000.0 step=0.01 display="number"
batch_size INT default=1 min=1 max=4096 display="number"
audio_vae VAE display_name="Audio~VAE"
= 3|LTXAVTextEncoderLoader|Load LTXV Audio Text Encoder|model/loaders|nodes_lt_audio
> CLIP
text_encoder @text_encoders
ckpt_name @checkpoints
device default,cpu advanced=true
= 3|LTXVConcatAVLatent|Concat AV Latent|model/latent/ltxv|nodes_lt
> LATENT:latent
video_latent LATENT
audio_latent LATENT
= 3|LTXVSeparateAVLatent|Separate AV Latent|model/latent/ltxv|nodes_lt
> LATENT:video_latent LATENT:audio_latent
av_latent LATENT
= 3|PrimitiveInt|Int|utilities/primitive|nodes_primitive
> INT
value INT min=-9223372036854775807 max=9223372036854775807 control_after_generate="fixed"
= 3|PrimitiveFloat|Float|utilities/primitive|nodes_primitive
> FLOAT
value FLOAT min=-9223372036854775807 max=9223372036854775807 step=0.1
= 3|PrimitiveBoolean|Boolean|utilities/primitive|nodes_primitive
> BOOLEAN
value BOOLEAN
= 3|PrimitiveString|Text|utilities/primitive|nodes_primitive
> STRING
value STRING multiline=false
= 3|PrimitiveStringMultiline|Text (Multiline)|utilities/primitive|nodes_primitive
> STRING
value STRING multiline=true
= 3|ResizeImagesByLongerEdge|Resize Images by Longer Edge (DEPRECATED)|image/transform|nodes_dataset
! experimental deprecated
> IMAGE:images
images IMAGE
longer_edge INT default=1024 min=1 max=8192
= 3|ComfySwitchNode|If/Else Switch|utilities/logic|nodes_logic
! experimental
> COMFY_MATCHTYPE_V3:output
switch BOOLEAN
on_false COMFY_MATCHTYPE_V3 lazy=true template={"template_id":~"switch",~"allowed_types":~"*"}
on_true COMFY_MATCHTYPE_V3 lazy=true template={"template_id":~"switch",~"allowed_types":~"*"}
= 1|VAEEncode|VAE Encode|model/latent|nodes
> LATENT
pixels IMAGE
vae VAE
= 3|SaveVideo|Save Video|video|nodes_video
! output
> VIDEO:video
video VIDEO
filename_prefix STRING default="video/ComfyUI" multiline=false
= 3|ComfyMathExpression|Math Expression|utilities|nodes_math
> FLOAT INT BOOLEAN:BOOL
expression STRING default="a~+~b" multiline=true
= 3|ResizeImageMaskNode|Resize Image/Mask|image/transform|nodes_post_processing
> COMFY_MATCHTYPE_V3:resized
input COMFY_MATCHTYPE_V3 template={"template_id":~"input_type",~"allowed_types":~"IMAGE,MASK"}
"""
