"""How weights are sealed, shared among custodians, watched and traced: values in, values out."""
