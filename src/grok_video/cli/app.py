from __future__ import annotations

import sys


def run() -> None:
    from .serving import serve

    serve(
        None,
        True,
        {"data_dir": sys.argv[1], "port": int(sys.argv[2]), "backend": sys.argv[3]},
        lambda a: print(a, flush=True),
    )
