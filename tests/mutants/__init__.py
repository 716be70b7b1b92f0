"""Mutation testing of the code that carries promises: small faults, and who notices them."""
