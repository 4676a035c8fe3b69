"""Puts this folder on the path, so that any test may `from strategies import …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
