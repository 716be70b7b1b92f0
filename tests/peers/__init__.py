"""What docs/peers.md says of us, computed."""
