"""How the room talks to files."""
