"""What one seed means: which bot at which venues, for how long, and what goes wrong meanwhile.

Starts nothing; a scenario is a value, and the same seed draws the same one.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from connectors.frame.package import VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Chance, Fault
from engine.config import Loaded
from engine.config.live import JournalConfig, LiveConfig
from engine.config.operation import ControlConfig, LogConfig
from engine.config.rates import RatesConfig
from engine.config.risk import LimitsConfig, RiskConfig
from engine.config.sections import AccountConfig, Config, RunConfig, StrategyConfig
from engine.errors import UsageError
from engine.model.instrument import Instrument
from lockstep.conformance.card import capabilities_of
from lockstep.simulators import venue_package
from lockstep.torture.plan import Swarm, survived_by, swarm_for

SECONDS = 60.0
"""How long a run is in virtual time unless told otherwise."""
_CALM_S = 3.0
_HEAL_S = 25.0
_HEAL_SHARE = 0.4
_SILENT = (Fault.MUTE, Fault.HALF_OPEN)
_SILENCE_S: Mapping[str, float] = {"CTRADER": 75.0}
"""How long a venue may say nothing before its connection is given up; none for most."""
_LIMIT = 8
_STEPS = 2


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one run: the bot's configuration, its length (s), the market's pace, and the faults."""

    seed: int
    loaded: Loaded
    seconds: float = SECONDS
    speed: float = 1.0
    chances: Mapping[Fault, Chance] = {}

    @property
    def lasts_seconds(self) -> float:
        """Return how long the run is in all: longer where a venue may be silent for longer."""
        return self.seconds + self._patience

    @property
    def _patience(self) -> float:
        """Return how much longer than usual it takes to find out that a connection is dead."""
        deadly = any(fault in self.chances for fault in _SILENT)
        venues = {each.venue for each in self.loaded.config.accounts}
        return max((_SILENCE_S.get(venue, 0.0) for venue in sorted(venues)), default=0.0) * deadly

    @property
    def calm_seconds(self) -> float:
        """Return how long the first part is, in which nothing goes wrong yet: of most runs some."""
        return 0.0 if self.seed % 4 == 0 else min(_CALM_S, self.seconds / 4)

    @property
    def heal_seconds(self) -> float:
        """Return how long the last part is, in which no fault strikes any more."""
        return min(_HEAL_S, self.seconds * _HEAL_SHARE) + self._patience


def at_venue(
    venue: str, seed: int, *, seconds: float = SECONDS, swarm: Swarm | None = None
) -> Scenario:
    """Return the scenario of a seed at a venue: the restless strategy on one of its accounts."""
    package = venue_package(venue)
    terms = package.accounts[seed % len(package.accounts)]
    loaded = _loaded(package, terms, seed)
    chances = _survivable(loaded.config, (swarm or swarm_for([package])).chances(seed))
    return Scenario(seed=seed, loaded=loaded, seconds=seconds, chances=chances)


def of_config(
    loaded: Loaded, seed: int, *, seconds: float = SECONDS, swarm: Swarm | None = None
) -> Scenario:
    """Return the scenario of a seed for somebody's own configuration."""
    swarm = swarm or swarm_for(packages_of(loaded.config))
    config = msgspec.structs.replace(
        loaded.config,
        run=msgspec.structs.replace(loaded.config.run, seed=seed),
        log=_LOG,
        control=_CONTROL,
    )
    chosen = msgspec.structs.replace(loaded, config=config)
    chances = _survivable(config, swarm.chances(seed))
    return Scenario(seed=seed, loaded=chosen, seconds=seconds, chances=chances)


def packages_of(config: Config) -> list[VenuePackage]:
    """Return the venues of a configuration's accounts."""
    return [venue_package(name) for name in dict.fromkeys(each.venue for each in config.accounts)]


def only_at(loaded: Loaded, venue: str) -> Loaded:
    """Return a configuration with the accounts at one venue alone, and what trades there.

    Raises UsageError where nothing is left.
    """
    config = loaded.config
    accounts = tuple(each for each in config.accounts if each.venue.lower() == venue.lower())
    names = [each.id for each in accounts]
    strategies = tuple(each for each in config.strategies if each.account in names)
    if not strategies:
        known = ", ".join(dict.fromkeys(each.venue for each in config.accounts))
        raise UsageError(f"no strategy of {loaded.path} trades at {venue!r}; it knows {known}")
    kept = msgspec.structs.replace(config, accounts=accounts, strategies=strategies)
    return msgspec.structs.replace(loaded, config=kept)


def _survivable(config: Config, chances: Mapping[Fault, Chance]) -> dict[Fault, Chance]:
    """Return the faults that a journal of the configured durability is meant to survive."""
    survived = survived_by(config.live.journal.durability)
    return {fault: chance for fault, chance in chances.items() if fault in survived}


_LOG, _CONTROL = LogConfig(console="off"), ControlConfig(socket=False)
"""Nobody looks on, neither at a terminal nor through a socket."""


def _loaded(package: VenuePackage, terms: AccountTerms, seed: int) -> Loaded:
    """Return a configuration made here: limits on every instrument, and the restless strategy."""
    traded = [each for each in package.instruments if each.currency == terms.currency]
    strategies = tuple(
        StrategyConfig(
            class_="lockstep.torture.restless:Restless",
            account=terms.id,
            name=each.id.replace(".", "-"),
            parameters={
                "instrument": each.id,
                "quantity": _size(each),
                "feeds": " ".join(capabilities_of(package).data),
                "seed": seed,
            },
        )
        for each in traded
    )
    limits = {each.id: LimitsConfig(max_position=_size(each) * _LIMIT) for each in traded}
    config = Config(
        run=RunConfig(name="torture", seed=seed),
        accounts=(AccountConfig(id=terms.id, venue=package.name, currency=terms.currency),),
        strategies=strategies,
        risk=RiskConfig(instrument=limits),
        rates=RatesConfig(assume_empty=True),
        live=LiveConfig(journal=JournalConfig(durability="power" if seed % 3 == 1 else "process")),
        log=_LOG,
        control=_CONTROL,
    )
    return Loaded(Path("torture.toml").resolve(), config, {})


def _size(instrument: Instrument) -> float:
    """Return a small quantity that is on the instrument's grid."""
    return instrument.quantity_min * _STEPS / instrument.quantity_scale
