"""How content is marked, found again and told apart: from values to values."""
