"""The judges, one file each: what an answer comes to."""
