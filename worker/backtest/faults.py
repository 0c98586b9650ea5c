"""What can be wrong with what a backtest was asked for."""


class BadReplay(ValueError):
    """A file or a word that no replay can be made of; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves, and join them."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy
