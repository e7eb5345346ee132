"""Darkroom in one process, with a PostgreSQL of its own."""
