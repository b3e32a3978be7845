"""The two formats of the API: each parses a request and renders a task; neither imports the other."""
