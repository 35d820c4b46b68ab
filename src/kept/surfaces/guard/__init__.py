"""What stands before every page and interface: who may ask how much, in what form, and what every answer carries."""
