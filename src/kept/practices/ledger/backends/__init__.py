"""How a witness is reached, and how this workspace cosigns."""
