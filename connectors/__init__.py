"""One module per accounting platform; each declares itself in a module-level ``SPEC``."""
