"""Content credentials (C2PA) as values: what we claim, and what a reader reports."""
