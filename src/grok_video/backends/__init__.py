"""What makes the videos. Each backend is a plugin found by entry point, the built-in ones too."""
