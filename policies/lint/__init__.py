"""Findings about a connection file: what will surprise, and what it does to events."""
