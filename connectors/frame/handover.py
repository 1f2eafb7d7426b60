"""Hand a link's streams over from one connection to the next: nothing is lost, nothing told twice.

Both connections carry every stream for a while. It opens and closes neither.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from connectors.frame.conversation import Audience, Conversation
from connectors.frame.session import Inquiry, Refused, VenueEvent
from connectors.frame.timing import Alarm, Clock
from engine.model.connection import FeedChanged
from engine.model.market import Bar, BookDelta, BookSnapshot, QuoteTick, TradeTick
from engine.model.truth import BalanceRecord, PositionRecord

_BOOKS = (BookSnapshot, BookDelta)
_STREAMED = (QuoteTick, TradeTick, Bar, *_BOOKS, FeedChanged, PositionRecord, BalanceRecord)
_TIMES = ("ts_event", "ts_recv")

_Levels = dict[float, float]
_Place = tuple[str, ...]
"""What an event is about: its kind, and the instrument, account and currency that it names."""


class Lane:
    """Stand between one connection and those who hear of it, until another takes its place.

    While a lane follows another, what streams through it is held. When it takes over, it tells of
    that what the other has not told, and passes over what the other told and it has yet to bring.
    Of a book it tells one snapshot, as it then is, for each connection may count versions anew.
    Reports of orders are told at once by whichever lane brings them: what makes them is shared.
    """

    def __init__(self, board: Audience, clock: Clock, before: "Lane | None" = None) -> None:
        self.joined = Alarm(clock)
        self.has_joined = False
        self._board = board
        self._clock = clock
        self._before = before
        self._held: list[VenueEvent] = []
        self._last: dict[_Place, VenueEvent] = {}
        self._told: dict[_Place, list[str]] | None = None
        self._ahead: dict[_Place, deque[str]] = {}
        self._until = 0
        if before is not None:
            before.overlap()

    def hear(self, event: VenueEvent) -> None:
        """Take an event for the engine."""
        if not isinstance(event, _STREAMED):
            self._board.hear(event)
        elif self._before is not None:
            self._held.append(event)
        elif not self._until or not self._was_told(event):
            self._tell(event)

    def refused(self, refused: Refused) -> None:
        """Take note that the venue will not send a stream; a lane that follows is silent."""
        if self._before is None:
            self._board.refused(refused)

    def inquired(self, inquiry: Inquiry) -> None:
        """Look up what the session could not tell."""
        self._board.inquired(inquiry)

    def became_ready(self, conversation: Conversation) -> None:
        """Take note that the session can be used."""
        if self._before is None:
            self._board.became_ready(conversation)
        else:
            self.has_joined = True
            self.joined.ring()

    def overlap(self) -> None:
        """Note from now on what is told, beginning with the last of each kind."""
        self._told = {place: [_content(event)] for place, event in self._last.items()}

    def alone(self) -> tuple[dict[_Place, VenueEvent], dict[_Place, list[str]]]:
        """Return the last event of each kind, and what was told since; nobody follows any more."""
        told, self._told = self._told, None
        return dict(self._last), told or {}

    def take_over(self, until: int) -> None:
        """Tell what the lane before has not told; pass over what it told first until then (ns)."""
        before, self._before = self._before, None
        assert before is not None, "only a lane that follows another takes over"
        self._last, told = before.alone()
        self._until = until
        held, self._held = self._held, []
        for book in merged(held):
            self._tell(book)
        streamed = [event for event in held if not isinstance(event, _BOOKS)]
        places = dict.fromkeys(map(_place, streamed))
        left = {place: self._match(place, told.get(place, []), streamed) for place in places}
        for event in streamed:
            place = _place(event)
            left[place] -= 1
            if left[place] < 0:
                self._tell(event)

    def _match(self, place: _Place, told: list[str], held: Sequence[VenueEvent]) -> int:
        """Return how many of the held events were told; keep what was told beyond them."""
        contents = [_content(event) for event in held if _place(event) == place]
        start = aligned(told, contents)
        if start is None:
            return 0
        self._ahead[place] = deque(told[start + len(contents) :])
        return min(len(told) - start, len(contents))

    def _was_told(self, event: VenueEvent) -> bool:
        """Say whether the lane before has told an event that comes only now."""
        if self._clock.now() >= self._until:
            self._until = 0
            self._ahead.clear()
            return False
        ahead = self._ahead.get(_place(event))
        if not ahead:
            return False
        if ahead.popleft() == _content(event):
            return True
        ahead.clear()
        return False

    def _tell(self, event: VenueEvent) -> None:
        place = _place(event)
        self._last[place] = event
        if self._told is not None:
            self._told.setdefault(place, []).append(_content(event))
        self._board.hear(event)


def aligned(told: list[str], held: list[str]) -> int | None:
    """Return where in `told` begins what is held too, so that they agree as long as both go on.

    The longest agreement counts, of equal ones the last. None where there is none.
    """
    best, found = 0, None
    for start in range(len(told)):
        both = min(len(told) - start, len(held))
        if both and both >= best and told[start : start + both] == held[:both]:
            best, found = both, start
    return found


def merged(events: Iterable[VenueEvent]) -> list[BookSnapshot]:
    """Return each book as its last snapshot and the changes after it leave it."""
    books: dict[str, tuple[_Levels, _Levels]] = {}
    last: dict[str, BookSnapshot | BookDelta] = {}
    for event in events:
        if isinstance(event, BookSnapshot):
            books[event.instrument] = dict(event.bids), dict(event.asks)
        elif isinstance(event, BookDelta) and event.instrument in books and event.side:
            levels = books[event.instrument][event.side < 0]
            levels[event.price] = event.size
            if not event.size:
                del levels[event.price]
        else:
            continue
        last[event.instrument] = event
    return [
        BookSnapshot(
            name,
            last[name].ts_event,
            last[name].ts_recv,
            tuple(sorted(bids.items(), reverse=True)),
            tuple(sorted(asks.items())),
            last[name].sequence,
        )
        for name, (bids, asks) in books.items()
    ]


def _place(event: VenueEvent) -> _Place:
    kind = "book" if isinstance(event, _BOOKS) else type(event).__name__
    names = ("instrument", "account", "currency", "spec", "position_id")
    return (kind, *(str(getattr(event, name, "")) for name in names))


def _content(event: VenueEvent) -> str:
    """Return what an event says, whenever it came."""
    fields = [name for name in event.__struct_fields__ if name not in _TIMES]
    return repr([getattr(event, name) for name in fields])
