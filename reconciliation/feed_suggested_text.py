"""In which encoding a new partner's text seems to be, and what parts its columns."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from .feed_dialect import Dialect
from .feed_faults import FileFault
from .feed_forms import CSV_FIELD_LETTERS_MAX, Encoding, TextForm
from .feed_lines import Line, decoded, read_lines
from .feed_suggested_columns import has_known_columns
from .feed_suggestion import Choice, Grid, Sureness


DELIMITERS = (",", ";", "\t", "|", "^", "~", ":")
"""What is tried."""

HEAD_LINES = 1_000
"""How many lines are cut by every sign that is tried."""

_LEGACY = (
    Encoding.WINDOWS_1252,
    Encoding.SHIFT_JIS,
    Encoding.CHINESE,
    Encoding.LATIN_9,
    Encoding.LATIN_1,
)
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def encoding_choices(content: bytes) -> Iterator[Choice]:
    """Yield the encodings in which a file can be read, the surest first; none: it is no text."""
    if content.startswith(_MARKS):
        yield _encoding(Encoding.UTF_16, Sureness.SURE, "the file begins with its byte order mark")
    elif content.isascii():
        yield _encoding(Encoding.UTF_8, Sureness.LIKELY, "all letters are ASCII so far")
    elif reads_as(content, Encoding.UTF_8):
        yield _encoding(Encoding.UTF_8, Sureness.SURE, "its letters beyond ASCII are valid UTF-8")
    elif b"\0" not in content:
        readable = [each for each in _LEGACY if reads_as(content, each)]
        for each in readable:
            others = tuple(other.value for other in readable if other is not each)
            why = "it is no UTF-8, and reads in this one; look at the letters beyond ASCII"
            yield replace(_encoding(each, Sureness.DOUBTFUL, why), alternatives=others)


def _encoding(encoding: Encoding, sureness: Sureness, evidence: str) -> Choice:
    return Choice(setting="encoding", value=encoding.value, sureness=sureness, evidence=evidence)


def reads_as(content: bytes, encoding: Encoding) -> bool:
    """Tell whether a file decodes strictly, without control characters of C1."""
    try:
        text = decoded(content, encoding)
    except FileFault:
        return False
    return not any("\x80" <= letter <= "\x9f" for letter in text)


def text_grid(content: bytes, encoding: Choice) -> Grid | None:
    """Return a text cut by the delimiter by which most lines agree; None where none cuts it.

    Raises `FileFault` for a text that is torn further down.
    """
    named = Encoding(str(encoding.value))
    head = "\n".join(islice(decoded(content, named).splitlines(), HEAD_LINES))
    cut = [each for each in (_cut(head, sign) for sign in DELIMITERS) if each]
    if not cut:
        return None
    chosen, _, _, _ = max(cut, key=lambda each: each[1:])
    form = _form(str(chosen.value), named)
    return Grid(lines=_lines(content, form), choices=(encoding, chosen))


def _cut(head: str, sign: str) -> tuple[Choice, bool, float, int] | None:
    """Return a sign, whether columns are known by it, the share of lines that agree, and cells."""
    try:
        lines = _lines(head.encode(), _form(sign, Encoding.UTF_8))
    except FileFault:
        return None
    counts = Counter(len(line.cells) for line in lines if len(line.cells) > 1)
    if not counts:
        return None
    cells, agreeing = counts.most_common(1)[0]
    choice = Choice(
        setting="delimiter",
        value=sign,
        sureness=Sureness.SURE if agreeing == len(lines) else Sureness.LIKELY,
        evidence=f"of the first {len(lines)} lines it parts {agreeing} into {cells} cells",
    )
    return choice, has_known_columns(Grid(lines=lines)), agreeing / len(lines), cells


def _lines(content: bytes, form: TextForm) -> tuple[Line, ...]:
    anywhere = Dialect(sku_column=1, quantity_column=2, header_lines=0, form=form)
    return tuple(read_lines(content, anywhere, form))


def _form(sign: str, encoding: Encoding) -> TextForm:
    return TextForm(delimiter=sign, encoding=encoding, line_letters_max=CSV_FIELD_LETTERS_MAX)
