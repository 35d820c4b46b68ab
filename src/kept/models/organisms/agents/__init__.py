"""An organism that acts with tools, whose flaws and decoys are generated from a seed."""
