"""Linting files: findings with their places, comments that switch rules off, reports. The rules are in `policies.lint`."""
