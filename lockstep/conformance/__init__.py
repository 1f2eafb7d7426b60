"""What every venue's connector has to pass against its simulator, in virtual time.

Tests no venue of the world: a simulator knows of one what its author knew. To test a package of
your own: `pytest.mark.parametrize("card", cards_for(PACKAGE), ids=str)`, and `play(PACKAGE, card)`.
"""

from lockstep.conformance.card import Card, Failed, cards_for, play

__all__ = ["Card", "Failed", "cards_for", "play"]
