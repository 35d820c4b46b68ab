"""Collections as they are stored: what is put in, what each reader finds, and what is taken out."""
