"""A standing attack: hostile requests, files, floods and faults against a server of its own, on loopback.

`make attack` runs all of it in some minutes, `make test` a short run. It prints what was tried and what came of it, and
fails on any 5xx that is not documented for its case, anything of another owner, a response that takes longer than 5
seconds, and memory that stays 200 MB above what it was.
"""
