"""What users do: custom events, purchases and the recommended e-commerce events."""
