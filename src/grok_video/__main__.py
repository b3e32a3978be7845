"""`python -m grok_video` is `grok-video`."""

from grok_video.cli import main

if __name__ == "__main__":
    main()
