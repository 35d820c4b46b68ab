"""How it is done, from values to values."""
