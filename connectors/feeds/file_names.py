"""Names that strangers gave to files, made safe to write, to show and to tell apart."""

import hashlib
import re


SAFE_LETTERS_MAX = 100
"""With a content hash, an ending and a temporary mark around it, still under the 255 bytes of
every file system."""

NAME_BYTES_MAX = 255
"""What file systems take as one name."""

_PARTING = frozenset("/\\")
"""What parts folders, here or where a file came from."""

_DIGEST_LETTERS = 8
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def arriving_name(name: str) -> str:
    """Return under which name a file arrives: its own wherever the drop takes it, else a safe one.

    One name is one name, whichever way a file comes: moments may be told by it, and receipts are.
    """
    fits = 0 < len(name.encode("utf-8", "surrogatepass")) <= NAME_BYTES_MAX
    plain = name.isprintable() and not name.startswith(".") and not set(name) & _PARTING
    return name if fits and plain else safe_name(name)


def safe_name(name: str) -> str:
    """Return a name that stays in its folder, is not hidden, and is short and plain ASCII.

    A safe name comes back unchanged. A changed one carries a mark of the original, so two
    names do not fall together; its ending is kept.
    """
    plain = _UNSAFE.sub("_", name)
    plain = re.sub(r"^[.-]+", "_", plain)
    if plain == name and 0 < len(plain) <= SAFE_LETTERS_MAX:
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]
    found = _ENDING.search(plain)
    ending = found.group() if found else ""
    stem = plain.removesuffix(ending)[: SAFE_LETTERS_MAX - _DIGEST_LETTERS - 1 - len(ending)]
    return f"{stem}~{digest}{ending}"


def shown_name(name: str) -> str:
    """Return a name that any log, database or terminal takes: escapes for what is not a letter.

    Bytes that are no UTF-8 (which Python smuggles in as surrogates) are escaped too.
    """
    text = name.encode("utf-8", "backslashreplace").decode()
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
