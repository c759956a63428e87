"""Policy suites: what is expected of a connection, written beside it, and checked with the engine that runs live."""
