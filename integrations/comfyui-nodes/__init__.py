"""Nodes for ComfyUI that make videos on a server of the Grok Video API: create, wait, remix, extend, load.

Copy this folder into ComfyUI's `custom_nodes`. The address and the key come from GROK_VIDEO_BASE_URL and
GROK_VIDEO_API_KEY in ComfyUI's environment, so that no key is saved with a workflow.
"""

from __future__ import annotations

from .nodes import NODES

NODE_CLASS_MAPPINGS = {node.__name__: node for node in NODES}
NODE_DISPLAY_NAME_MAPPINGS = {node.__name__: node.TITLE for node in NODES}

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]
