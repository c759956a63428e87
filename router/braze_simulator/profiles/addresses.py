"""E-mail addresses and phone numbers: what counts as valid, and under which key an address is found."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^\s@<>,;\"()\[\]]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]*[A-Za-z0-9])+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PUNCTUATION = str.maketrans("", "", " -().\t")


def is_email(value: str) -> bool:
    """Whether Braze would take the text as an e-mail address (syntax only)."""
    return ".." not in value and len(value) <= 255 and _EMAIL.fullmatch(value.strip()) is not None


def email_key(value: str) -> str:
    """Addresses are compared and exported lower-cased (rudder-transformer live tests)."""
    return value.strip().lower()


def is_phone(value: str) -> bool:
    """Whether the text is an E.164 number once spaces and punctuation are taken out."""
    return _E164.fullmatch(value.translate(_PUNCTUATION)) is not None


def phone_key(value: str) -> str:
    """The E.164 form of a valid number, the text itself of any other."""
    return value.translate(_PUNCTUATION) if is_phone(value) else value.strip()
