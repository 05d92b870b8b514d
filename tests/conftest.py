"""For all tests."""

import os

from hypothesis import settings

# How one prints for a terminal of some width has tests of its own.
os.environ.pop("COLUMNS", None)

# How long one example takes says more about the machine than about the code.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
