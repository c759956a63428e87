"""How a plan is printed: one module for each format."""
