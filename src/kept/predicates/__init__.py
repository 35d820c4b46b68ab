"""The published language: one file per statement type, versioned."""
