"""Sampling live traffic into a masked fixture. Masking happens in the router, before anything is written anywhere."""
