"""What the room does: it decides, records and calls methods and backends."""
