"""The REST endpoints: each checks a request, words the answer and turns what it accepts into operations."""
