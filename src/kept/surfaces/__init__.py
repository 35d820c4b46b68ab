"""Where people and programs come in: they mount what the rooms declare."""
