"""What every promise needs."""
