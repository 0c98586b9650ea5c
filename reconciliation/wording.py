"""How people are told numbers."""


def counted(number: int, noun: str) -> str:
    """Return a number of things as one says it: 1 row, 2 rows."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
