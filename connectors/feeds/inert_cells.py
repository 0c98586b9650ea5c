"""Makes a cell of an exported CSV mean nothing to a spreadsheet but its text.

A partner's text comes back to people in files that they open with a double click, and a cell that
begins like a formula is run there (OWASP, "CSV Injection"). Whoever exports CSV passes each cell
through here.
"""

# In both widths: spreadsheets read the full ones like the others. A control character is split
# at or dropped, and what follows is read on.
_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\0")
# What may stand before a formula and yet be passed over.
_PASSED_OVER = " '\"\u00a0\u3000\ufeff"


def inert(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: as it is, or after an apostrophe."""
    return f"'{cell}" if cell.lstrip(_PASSED_OVER).startswith(_STARTS) else cell
