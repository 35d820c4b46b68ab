"""Replay as a decision: what a programme may offer, which attempts count, and which reports are one weakness."""
