"""Tests of the sandbox: the world, the vendor's dialect over it, and both mounts."""
