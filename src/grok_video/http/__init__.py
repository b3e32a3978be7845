"""The API in its two formats."""
