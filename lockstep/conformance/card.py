"""One card of the conformance suite: what a venue has to do, and how it is played.

Holds no check itself; they stand in the modules named `*_cards`.
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import msgspec

from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.frame.venue import Capabilities
from connectors.simulation.simulator import Served
from engine.config.secret import Secret
from engine.simulation.chance import seeded_world
from lockstep.conformance.stage import Stage

Check = Callable[[Stage], Coroutine[Any, Any, None]]
Applies = Callable[[VenuePackage, Capabilities], bool]


class Failed(AssertionError):
    """Say which card a venue failed, under which seed, and why."""


class Card(msgspec.Struct, frozen=True):
    """Name one behaviour, and how to find out whether a venue has it."""

    name: str
    check: Check
    applies: Applies

    def __str__(self) -> str:
        return self.name


def _always(_package: VenuePackage, _capabilities: Capabilities) -> bool:
    return True


class Deck:
    """Collect cards; `deck.card` decorates a check, whose docstring says what is demanded."""

    def __init__(self) -> None:
        self.cards: list[Card] = []

    def card(self, applies: Applies = _always) -> Callable[[Check], Check]:
        """Return a decorator that adds a check, for the venues it applies to."""

        def add(check: Check) -> Check:
            self.cards.append(Card(check.__name__, check, applies))
            return check

        return add


def cards_for(package: VenuePackage) -> list[Card]:
    """Return the cards that a venue has to pass, by what it says that it can do."""
    from lockstep.conformance import data_cards, fault_cards, network_cards, order_cards

    capabilities = capabilities_of(package)
    decks = (order_cards.DECK, data_cards.DECK, fault_cards.DECK, network_cards.DECK)
    every: Iterator[Card] = (card for deck in decks for card in deck.cards)
    return [card for card in every if card.applies(package, capabilities)]


def play(package: VenuePackage, card: Card, seed: int = 0) -> str:
    """Play a card in virtual time and return the digest of all that travelled.

    Raises Failed when the venue does not do what the card demands.
    """
    with seeded_world(seed) as (loop, clock):

        async def scene() -> None:
            stage = Stage(package, clock, seed)
            await stage.open()
            await card.check(stage)
            await stage.close()

        try:
            loop.run(scene())
        except AssertionError as error:
            demand = " ".join((card.check.__doc__ or "").split())
            raise Failed(
                f"{package.name} fails {card.name} with seed {seed}: {str(error) or 'see above'}. "
                f"The card demands: {demand}"
            ) from error
        return loop.network.digest


def capabilities_of(package: VenuePackage) -> Capabilities:
    """Return what a venue says that it can do, with the settings of its simulator."""
    nowhere = "127.0.0.1:1"
    served = Served(http=f"http://{nowhere}", websocket=f"ws://{nowhere}", tcp=f"tcp://{nowhere}")
    names = tuple(terms.id for terms in package.accounts)
    settings = package.simulated(served, names)
    return package.make(settings, names, lambda _: Secret(SIMULATED_SECRET)).capabilities
