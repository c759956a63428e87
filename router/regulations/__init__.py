"""What people are entitled to: users whose events are no longer sent on, and whose profiles are deleted at Braze."""
