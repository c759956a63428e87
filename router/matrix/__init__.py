"""The decision matrix and what changes between two, for people and for machines."""
