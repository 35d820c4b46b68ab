"""How runtimes show what they are, one kind per file."""
