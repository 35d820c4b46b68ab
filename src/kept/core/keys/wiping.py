"""Overwriting what must not stay in memory."""


def wipe(*buffers: bytearray | memoryview) -> None:
    """Fill the buffers with zeros in place; copies that a library or the interpreter made are beyond reach."""
    for buffer in buffers:
        buffer[:] = bytes(len(buffer))
