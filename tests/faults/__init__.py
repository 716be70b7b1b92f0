"""The fault catalogue: one test or more for each of its fifty entries, named after the number."""
