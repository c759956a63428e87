"""Everything that touches the world: gateway, store, delivery, local Braze, simulation, command line."""

__version__ = "0.1.0"
