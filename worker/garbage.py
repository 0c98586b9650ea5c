"""How seldom Python looks for values that hold on to each other in a circle.

Nearly all of ours do not: they are frozen, and gone with their last user. Yet a file of a million
rows has the collector look through them time and again, for a tenth of the time that it takes.
"""

import gc


NEW_OBJECTS = 50_000
"""After so many more objects were made than given up it looks at the young ones. Python's own
number, some two thousand at most, is for programs that make circles."""


def collect_seldom() -> None:
    """Have this process look for circles seldom; they are still found."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
