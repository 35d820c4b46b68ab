"""What content looks or sounds like: codes by which it is found, and local fingerprints by which it is confirmed."""
