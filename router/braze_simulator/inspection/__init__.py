"""The window into the simulator: everything under /_sim."""
