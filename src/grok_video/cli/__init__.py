"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    # Imported here, not above: children of the sandbox import the main module again.
    from .app import run

    run()
