"""The rules that both paths begin with: is the connection on, and does the source type support its mode."""

from policies.facts import Facts
from policies.ruling import Ruling
from policies.terms import Terms

_ON = Ruling("pass", "source, destination and connection are enabled")


def disabled(facts: Facts, terms: Terms) -> Ruling:
    """Nothing travels a connection whose source, destination or link is switched off. Example: `enabled: false` on the source."""
    if terms.switched_off:
        return Ruling("block", "source, destination or connection is disabled", terms.switched_off, value=False)
    return _ON


def mode_unsupported(facts: Facts, terms: Terms) -> Ruling:
    """A connection mode that the source type does not support opens no path.

    Example: hybrid on Flutter. Source: rudder-integrations-config, braze/db-config.json, supportedConnectionModes.
    """
    source_type, modes = terms.connection.source.type, terms.capability.modes
    if terms.mode not in modes:
        why = f"{source_type} does not support {terms.mode} mode, only {', '.join(modes)}"
        return Ruling("block", why, terms.mode_pointer, terms.mode)
    return Ruling("pass", f"{source_type} supports {terms.mode} mode", terms.mode_pointer, terms.mode)
