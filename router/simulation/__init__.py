"""The same decisions and the same transform, offline: nothing is ever sent."""
