"""What should happen to an event: pure rules over typed facts, with a reason for every verdict.

No I/O, no clock, no logging; imports nothing but the standard library and msgspec.
`router` imports this package, never the other way round.
"""
