"""What upload clients call a file until it is whole: one list for every way that files come in."""

ENDINGS = (".part", ".tmp", ".temp", ".filepart", ".partial", ".uploading")
"""WinSCP says `.filepart`; what we write ourselves ends in `.part`."""


def is_unfinished(name: str) -> bool:
    """Tell whether a name is one that its sender means to change when the file is whole."""
    return name.startswith(".") or name.casefold().endswith(ENDINGS)
