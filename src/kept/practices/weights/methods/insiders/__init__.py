"""Insider detection in three tiers: hard rules, a ranked queue under a daily budget, and a test with a guarantee."""
