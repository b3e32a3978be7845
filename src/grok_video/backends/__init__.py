"""The backends, which make the videos. Each is a plugin found by entry point, built-in ones included."""
