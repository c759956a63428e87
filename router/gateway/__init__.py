"""The HTTP endpoints that RudderStack SDKs talk to. Facts: rudder-server, `gateway/` (bodies and codes are part of the contract)."""
