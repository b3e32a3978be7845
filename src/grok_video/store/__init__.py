"""Our rows in SQLite or PostgreSQL: tasks, paid calls, API keys, change numbers and queue statistics."""
