"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    # Loaded here and not above: children of the sandbox import the main module again.
    from .app import run

    run()
