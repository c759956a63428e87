"""The device's side door: what Braze SDKs on simulated devices write into the same profiles."""
