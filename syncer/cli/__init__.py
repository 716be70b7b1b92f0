"""The command line: one module per group of verbs.

A verb parses, calls one use case and prints. Data goes to standard output, logs and progress
to standard error. Heavy imports happen inside the verbs, so that ``syncer version`` is quick.
"""
