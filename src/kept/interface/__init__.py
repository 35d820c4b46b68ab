"""What every room's command line and pages share."""
