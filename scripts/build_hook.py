"""Build the documentation and put it into the wheel, where a server finds it for /help."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DocumentationHook(BuildHookInterface[Any]):
    """Runs zensical, a requirement of the build, on docs/."""

    PLUGIN_NAME = "custom"
    _scratch: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Include the site in a wheel as `grok_video/help`; for an editable install, leave it in build/site."""
        root = Path(self.root)
        if version == "editable":
            self._build(root)
            return
        # Elsewhere: the checkout's own site may be in use by a server.
        self._scratch = tempfile.TemporaryDirectory(prefix="grok-video-docs-")
        scratch = Path(self._scratch.name)
        shutil.copytree(root / "docs", scratch / "docs")
        shutil.copy(root / "mkdocs.yml", scratch)
        build_data["force_include"][str(self._build(scratch))] = "grok_video/help"

    @staticmethod
    def _build(folder: Path) -> Path:
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", "mkdocs.yml"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return folder / "build" / "site"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was only for the build."""
        if self._scratch is not None:
            self._scratch.cleanup()
