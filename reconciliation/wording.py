"""How people are told numbers."""


def counted(number: int, noun: str) -> str:
    """Return a number of things as one says it: 1 row, 2 rows."""
    return f"{number} {agreed(number, noun, f'{noun}s')}"


def share_of(number: int, whole: int, noun: str) -> str:
    """Return how many of all: 1 of 1 row, 1 of 20 rows."""
    return f"{number} of {counted(whole, noun)}"


def agreed(number: int, one: str, many: str) -> str:
    """Return the form of a word that agrees with a number: 1 is, 2 are."""
    return one if number == 1 else many
