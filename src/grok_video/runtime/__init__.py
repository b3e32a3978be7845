"""Limits on running work: killable child processes, guarded downloads, threads."""
