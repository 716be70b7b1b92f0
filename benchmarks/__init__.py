"""Ratios against peers and against the floor, measured in one run on one machine."""
