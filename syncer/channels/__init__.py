"""Outbound channels: a decision becomes a message, and a message goes out once.

``render`` builds the bytes, ``smtp`` and ``folder`` deliver them. Nothing here decides
whether anybody is contacted.
"""
