"""`python -m winloss` is `winloss`."""

from __future__ import annotations

from winloss.cli import main

if __name__ == "__main__":
    main()
