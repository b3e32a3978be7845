"""A server that kills itself once, at a named point: `python -m tests.chaos.killing_server POINT ARGS…`."""

if __name__ == "__main__":
    # Imported here, not above: every child of the sandbox imports the main module again.
    from .points import run

    run()
