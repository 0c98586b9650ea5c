"""A fault is found on its line, or at least in its table."""

import pytest

from worker.settings.faults import Loc
from worker.settings.lines import line_at, lines_of


TEXT = """\
# a comment = 1
data_dir = "x"
[shops."us main"]  # quoted
cipher = "a = b"
"mode" = "observe"
[warehouses.E]
tiktok_warehouse_ids = {
  us = ["1"],
}
[feeds.e]
gate.bad_rows_min = 3
[[overrides]]
shop = "a"
[[overrides]]
shop = "b"
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("data_dir",), 2),
        (("shops", "us main"), 3),
        (("shops", "us main", "cipher"), 4),
        (("shops", "us main", "mode"), 5),
        (("warehouses", "E", "tiktok_warehouse_ids"), 7),
        (("warehouses", "E", "tiktok_warehouse_ids", "uk"), 7),
        (("warehouses", "E", "partner"), 6),
        (("feeds", "e", "gate", "bad_rows_min"), 11),
        (("overrides", 0, "shop"), 13),
        (("overrides", 1, "shop"), 15),
        (("overrides", 1, "partner"), 14),
        (("nowhere",), None),
    ],
)
def test_a_setting_is_found_on_its_line(loc: Loc, line: int | None) -> None:
    """Its own line, that of the table around it, or none."""
    assert line_at(lines_of(TEXT), loc) == line
