"""What speaks to others, and to files."""
