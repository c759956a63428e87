"""Claims about a connection file: read, proved by enumeration, and told with an event that shows why one is false."""
