"""The rooms: one per promise, identical inside."""
