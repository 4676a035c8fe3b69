"""Puts this folder on the path, so that tests may `from strategies import …`; property tests are seeded and untimed."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

# A deadline would make tests fail on a busy machine; a fixed seed makes a failure repeat.
settings.register_profile(
    "entities", deadline=None, derandomize=True, max_examples=80, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("entities")
