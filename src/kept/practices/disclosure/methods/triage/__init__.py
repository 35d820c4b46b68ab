"""How a report is triaged: its states, clocks, severity, embargo and chain of events, from values to values."""
