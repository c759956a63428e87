"""Readers: connection files and settings, with the file, line and column of whatever is wrong."""
