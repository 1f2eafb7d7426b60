"""What a venue's package tells the program about itself, found by the entry points of a group.

Loads nothing by itself; `lockstep` does, and composes the parts.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from connectors.frame.flow import Flow
from connectors.frame.venue import Venue
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served, Simulator, SimulatorTerms
from engine.config.secret import Secret, SecretReference
from engine.gate.rates import VenueRates
from engine.model.instrument import Instrument

GROUP = "lockstep.venues"
"""The group of entry points: each names a `VenuePackage`, such as `connectors.demo:PACKAGE`."""

Resolve = Callable[[SecretReference], Secret]
"""Fetches a secret at the moment it is needed; raises ConfigError when it is not there."""

SIMULATED_SECRET = "simulated"  # noqa: S105 - the one that every simulator accepts
"""What every reference resolves to in a simulation, and the only secret that simulators accept."""


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Let a person open a venue for an application: the code flow of OAuth.

    `address(settings, state)` is where the person goes; the venue leads back to an address with a
    `code` and the same `state`. `exchange(settings, code, resolve)` turns the code into the refresh
    token. Both raise ConfigError where the settings name no application. `echoes_state` is False
    where nobody knows whether the venue brings the state back; one that it brings must be ours.
    """

    address: Callable[[Any, str], str]
    exchange: Callable[[Any, str, Resolve], Flow[str]]
    echoes_state: bool = True


class VenuePackage(msgspec.Struct, frozen=True, kw_only=True):
    """Compose one venue: `name` is written as in SYMBOL.VENUE, in capitals.

    `settings` is the struct that the venue's section of a configuration is read into; secrets in it
    are references. `make(settings, accounts, resolve)` builds the venue for one login, where
    `accounts` are the engine's names of the accounts to use, and `resolve` is called whenever the
    venue logs in. The rest serves the simulator: what it lists and whom it knows unless told
    otherwise, how it writes ids, how it is made, and `simulated(served, accounts)`, the settings
    that lead to it, by which each account of that name is one of the simulator's. `orders_by` says
    by which way those settings let orders travel; `placing` is a regular expression for requests
    that place an order, where others have to come before them. `prices` are where drawn markets
    begin, by instrument. `sign_in` is how a person opens the venue for an application, None where
    secrets come another way.
    """

    name: str
    rates: VenueRates
    settings: type[msgspec.Struct]
    make: Callable[[Any, tuple[str, ...], Resolve], Venue]
    instruments: tuple[Instrument, ...]
    accounts: tuple[AccountTerms, ...]
    ids: IdFormat
    simulator: Callable[[SimulatedBroker, FaultPlan, SimulatorTerms], Simulator]
    simulated: Callable[[Served, tuple[str, ...]], msgspec.Struct]
    orders_by: Literal["socket", "http"] = "socket"
    plays: tuple[Fault, ...] = ()
    placing: str = ""
    prices: Mapping[str, float] = MappingProxyType({})
    sign_in: SignIn | None = None
