"""The MCP server, made of its tools, resources and extension."""

from __future__ import annotations

from mcp.server import MCPServer
from mcp.types import ToolAnnotations

from .confirmation import ConfirmingServer
from .tools import Access, Tools
from .video_resources import VideoResources
from .video_tasks import VideoTasks

INSTRUCTIONS = (
    "Creates short videos (1 to 15 seconds) from text and images. create_video, remix_video and extend_video wait for "
    "the result up to wait_seconds; a video that is not finished by then continues, and video_status waits further. "
    "Finished videos are returned as resource links, which open without a key for a day. Where making a video costs "
    "money, the user is asked first."
)
CREATES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


def build_server(access: Access) -> MCPServer:
    """Return the MCP server with its tools, its resources, and tasks for clients that have them."""
    tools = Tools(access)
    server = ConfirmingServer(
        "grok-video", title="Grok Video", instructions=INSTRUCTIONS, extensions=[VideoTasks(tools)]
    )
    server.tools = tools
    for tool, title, hints in (
        (tools.create_video, "Create a video", CREATES),
        (tools.extend_video, "Extend a video", CREATES),
        (tools.remix_video, "Remix a video", CREATES),
        (tools.video_status, "Read a video", READS),
        (tools.video_scene, "Read a video's scene", READS),
        (tools.read_prompt, "Read a prompt", READS),
        (tools.list_videos, "List videos", READS),
    ):
        server.tool(title=title, annotations=hints)(tool)
    VideoResources(tools).add_to(server)
    return server
