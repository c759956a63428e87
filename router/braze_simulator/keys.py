"""REST keys: who may do what. A key's secret is compared here and goes nowhere else."""

from __future__ import annotations

import secrets

from router.braze_simulator.config import Key, SimulatorConfig


def bearer(authorization: str | None) -> str | None:
    """The secret of an `Authorization: Bearer …` header; None without the word Bearer."""
    if authorization is None or not authorization.startswith("Bearer "):
        return None
    return authorization[len("Bearer ") :].strip() or None


def find_key(secret: str | None, config: SimulatorConfig) -> Key | None:
    """The key that the secret opens, compared in constant time."""
    if secret is None:
        return None
    found = None
    for known, key in config.keys.items():
        if secrets.compare_digest(known.encode(), secret.encode()):
            found = key
    return found


def may(key: Key, permissions: tuple[str, ...]) -> bool:
    """Whether the key holds one of the permissions; a key without a list holds all."""
    return not key.permissions or any(permission in key.permissions for permission in permissions)


def may_come_from(key: Key, client: str) -> bool:
    """Whether the key's IP allow-list has the caller's address."""
    return not key.ip_allow or client in key.ip_allow
