"""`hybrid-router admin`."""
