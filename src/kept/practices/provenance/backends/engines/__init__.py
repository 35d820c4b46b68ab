"""Where bulk jobs run: one engine per file, and what they share."""
