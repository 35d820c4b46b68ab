"""`kept` and `python -m kept`."""

from kept.surfaces.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
