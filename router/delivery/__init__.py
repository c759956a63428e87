"""From the queue to Braze: lease, read, transform, batch, send, settle. One lane per partition and destination, in order."""
