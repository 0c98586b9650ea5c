"""What README tells fulfilment partners is what the program does."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.worker.cli_rig import Rig


README = Path(__file__).parents[2] / "README.md"
MORNING = "".join(
    f"{sku},{units},2026-11-24T06:00:00Z\n"
    for sku, units in (("LAMP-01", 40), ("LAMP-02", 12), ("MUG-07", 150), ("VASE-3", 8))
)


def shown(first_line: str) -> str:
    """Return the block of README that begins with a line."""
    block = re.search(rf"```\n({re.escape(first_line)}\n.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    return block[1]


def take(rig: Rig, name: str, content: str, arrived_at: datetime) -> str:
    """Have a file taken that came at a moment, and return its receipt."""
    path = rig.folder / name
    path.write_text(content)
    os.utime(path, (arrived_at.timestamp(),) * 2)
    rig.clock.now = arrived_at.timestamp() + 30
    rig.run("ingest", str(path), "--feed", "east")
    return (rig.folder / "var/feeds/east/outbox" / f"{name}.receipt.txt").read_text()


def test_the_receipt_in_the_readme_is_what_its_file_gets(tmp_path: Path) -> None:
    """Word for word, down to the hash of the file that is shown above it."""
    rig = Rig(tmp_path)
    morning = datetime(2026, 11, 24, 6, 4, 31, tzinfo=UTC)
    take(rig, "stock-0600.csv", "sku,quantity,as_of\n" + MORNING, morning)
    noon = morning.replace(hour=12)
    receipt = take(rig, "stock-1200.csv", shown("sku,quantity,as_of"), noon)

    assert receipt == shown("stock-1200.csv: taken")
