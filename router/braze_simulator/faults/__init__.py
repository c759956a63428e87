"""Faults on purpose: rules that say which requests they meet, and what then goes wrong."""
