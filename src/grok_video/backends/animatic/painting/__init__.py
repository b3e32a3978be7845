"""Painting an environment once per job: layers from far to near; knows nothing of prompts."""
