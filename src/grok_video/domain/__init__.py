"""What a video task is, in plain Python: no I/O, no HTTP, no SQL."""
