"""Which bytes of a file were sent, in whatever order: a hole is no end of file."""

from bisect import insort

from asyncssh import SFTPFailure


PIECES_MAX = 1_024
"""Clients that send several pieces at once have a hundred on the way."""


class Pieces:
    """The bytes that were written so far, as pieces that do not touch each other."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pieces: list[tuple[int, int]] = []

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is missing between the first byte and the last that was written."""
        return not self._pieces or (len(self._pieces) == 1 and self._pieces[0][0] == 0)

    def add(self, start: int, end: int) -> None:
        """Note a write from `start` to before `end`. Raises `SFTPFailure` for too many pieces."""
        if start == end:
            return
        if self._pieces and self._pieces[-1][1] == start:
            self._pieces[-1] = (self._pieces[-1][0], end)
            return
        near = [each for each in self._pieces if each[0] <= end and each[1] >= start]
        apart = [each for each in self._pieces if each[0] > end or each[1] < start]
        insort(apart, (min([start, *(a for a, _ in near)]), max([end, *(b for _, b in near)])))
        if len(apart) > PIECES_MAX:
            raise SFTPFailure("the file is sent in too many pieces: send it from its start on")
        self._pieces = apart
