"""What SDKs are told to do on the device: `GET /sourceConfig`."""
