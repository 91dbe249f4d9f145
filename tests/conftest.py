"""What holds for every ring."""

from __future__ import annotations

import os

# As the command line does: rings run side by side, and threads over small matrices would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
