"""Red-teaming: attacks a model, measures with honest statistics, shows what was not tested."""
