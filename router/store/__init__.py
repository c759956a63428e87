"""Redis/Valkey: queues, message dedup, leases, revisions, counters. Every key starts `hr:`."""
