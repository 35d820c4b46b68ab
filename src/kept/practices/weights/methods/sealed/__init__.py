"""The sealed container: buffers and a file key in, buffers out. docs/sealed-weights.md says every byte of it."""
