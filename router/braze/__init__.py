"""The cloud path to Braze: what an event becomes, how objects are packed into requests, how they are sent and what Braze answers."""
