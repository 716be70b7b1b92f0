"""A bookkeeper at work in Tryton; runs in Tryton's own environment."""
