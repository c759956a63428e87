"""What happened, for whoever looks: requests, data points, discards, duplicates and order violations."""
