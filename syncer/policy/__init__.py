"""Credit control as pure functions of (snapshot, policy, context). No I/O, no clock."""
