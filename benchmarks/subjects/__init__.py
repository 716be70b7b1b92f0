"""One program per module; each is run as a process of its own and measured from outside."""
