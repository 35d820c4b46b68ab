"""How it is done: values in, values out."""
