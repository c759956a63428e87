"""`simulate --through-braze`: recorded events through both paths into one local Braze, on a virtual clock.

`recording` says when each event happened and arrived, `visits` and `devices` what the Braze SDK on each device gets to hear,
`timeline` in which order everything reaches Braze, `play` lets it, `report` reads what became of the users.
"""
