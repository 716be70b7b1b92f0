"""A policy on trial: cases with what is expected, its edges, and what no case reached."""
