"""How red-teaming is done: values in, values out."""
