"""The MCP server: videos as tools for AI assistants, through the public API.

It is a client of a running Grok Video server. Over HTTP, each caller's own key is passed on.
"""

from .server import build_server
from .tools import Access

__all__ = ["Access", "build_server"]
