"""A server whose name servers stay silent for some names: `python -m attack.silent_names ARGS…`."""

if __name__ == "__main__":
    # Imported here, not above: every child of the sandbox imports the main module again.
    from .silent_network import run

    run()
