"""A local Braze: the REST host's wire contract, profiles behind it, faults, and a window into all of it under /_sim."""
