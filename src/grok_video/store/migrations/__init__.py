"""Alembic's scripts for our own tables; DBOS migrates its own."""
