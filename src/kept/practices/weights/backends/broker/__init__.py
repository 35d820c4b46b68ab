"""The broker, the only process that plaintext passes through: on a Unix socket, and for other hosts over mutual TLS."""
