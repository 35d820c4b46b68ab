"""One file per product: files, brokers, key services, access logs."""
