"""Whether messages of a numbered book feed follow one another, by the rules venues have.

Keeps numbers only; what a gap means for the book is the book's business.
"""


class SequenceChain:
    """Follow one numbered feed from a snapshot on.

    A message carries the numbers of the first and the last update in it, and on some venues the
    last number of the message before. The first message after a snapshot may reach back behind it.
    """

    __slots__ = ("_fresh", "last")

    def __init__(self) -> None:
        self.last: int | None = None
        self._fresh = False

    def restart(self, sequence: int) -> None:
        """Begin anew at a snapshot that holds all updates up to `sequence`."""
        self.last = sequence
        self._fresh = True

    def is_old(self, last: int) -> bool:
        """Return whether a message tells only what is known, and must be left out."""
        return self.last is not None and last <= self.last

    def follows(self, first: int, last: int, previous: int | None = None) -> bool:
        """Take a message; return False when something between it and the one before is missing.

        After False, and before the first snapshot, nothing follows until `restart`.
        """
        expected = self.last
        if expected is None:
            return False
        if self._fresh:
            whole = first <= expected + 1
        elif previous is not None:
            whole = previous == expected
        else:
            whole = first == expected + 1
        self._fresh = False
        self.last = last if whole else None
        return whole
