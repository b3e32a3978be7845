"""The formats and dialects of the API: each parses a request and renders a task; none imports another."""
