"""All limits of a run: finds those a command draws on, and learns from what the venue answers.

Reads no clock and no file. Its state is a function of the decisions and events it was given, so
that a replay of the same journal gives the same verdicts.
"""

from collections.abc import Iterable

import msgspec

from engine.errors import ConfigError
from engine.gate.rates.check import check
from engine.gate.rates.count import NEVER, CountState, RateCount, automatic_count, commands_count
from engine.gate.rates.path import Draw, RatePath
from engine.gate.rates.rule import (
    BudgetUsed,
    CommandKind,
    Level,
    RateLimited,
    RateRule,
    Scope,
    Traffic,
    VenueRates,
)

_COMMANDS, _AUTOMATIC = "commands", "automatic"
Owner = tuple[str, str, str]
"""The venue, the rule, and the account or strategy that has the count; empty for the venue's."""


class Remembered(msgspec.Struct, frozen=True):
    """Hold the state of one rule's counts for one owner."""

    owner: Owner
    commands: CountState | None
    automatic: CountState | None


class RateSnapshot(msgspec.Struct, frozen=True):
    """Hold what must survive a restart for limits to hold across it."""

    counts: tuple[Remembered, ...] = ()


class _Meter:
    """The counts of one rule for one owner."""

    __slots__ = ("automatic", "commands", "rule")

    def __init__(self, rule: RateRule) -> None:
        self.rule = rule
        self.commands = commands_count(rule)
        self.automatic = automatic_count(rule)

    @property
    def counts(self) -> tuple[RateCount, ...]:
        return tuple(count for count in (self.commands, self.automatic) if count is not None)

    def use(self, units: int, ts: int) -> None:
        """Draw what the edge sent on its own share; what exceeds it, on that of commands."""
        share = self.automatic
        if share is not None and (
            self.commands is None or share.ready(Traffic.AUTOMATIC, units, ts) <= ts
        ):
            share.take(units, ts)
        elif self.commands is not None:
            self.commands.take(units, ts)


class RateLimits:
    """Keep the counts of every rule of every venue; one instance decides for one run.

    At first every window counts as full at `now`, for nobody knows what was sent before;
    `assume_empty` trusts that nothing was (a backtest). `restore` replaces either.
    """

    __slots__ = ("_filled_at", "_meters", "_paths", "_venues")

    def __init__(
        self, venues: Iterable[VenueRates], now: int, *, assume_empty: bool = False
    ) -> None:
        self._venues: dict[str, VenueRates] = {}
        for rates in venues:
            check(rates)
            self._venues[rates.venue] = rates
        self._filled_at = None if assume_empty else now
        self._meters: dict[Owner, _Meter] = {}
        self._paths: dict[tuple[str, ...], RatePath] = {}

    def path(self, venue: str, account: str, strategy: str, kind: CommandKind) -> RatePath:
        """Return what a kind of command of a strategy draws on; a venue without rules limits none.

        Ask for all paths at start: what the venue says of all accounts is said of known ones.
        Raises ConfigError for a command that the venue declares no cost for.
        """
        key = (venue, account, strategy, kind.value)
        path = self._paths.get(key)
        if path is None:
            rates = self._venues.get(venue) or VenueRates(venue=venue, endpoints=())
            if kind not in rates.costs and rates.rules:
                raise ConfigError(
                    f"{venue} has rate limits but no cost of a {kind}; the connector sends no such "
                    f"command, or [rates.{venue}.costs] must name it"
                )
            draws = [
                (rule, rates.units(rule, kind)) for rule in rates.rules if rates.units(rule, kind)
            ]
            scope = Scope(venue, account, "", strategy)
            lane = f"{venue}/{account}/{strategy}"
            path = self._paths[key] = self._compose(lane, scope, draws, Traffic.ENTRY)
        return path

    def automatic(self, venue: str, account: str, endpoint: str) -> RatePath:
        """Return what the edge asks before it sends a request by itself, as `Traffic.AUTOMATIC`.

        Only for a second instance, which the edge keeps; this one hears of it by `BudgetUsed`.
        Raises ConfigError when a rule leaves the edge no share.
        """
        key = (venue, account, "", endpoint)
        path = self._paths.get(key)
        if path is None:
            rates = self._venues.get(venue) or VenueRates(venue=venue, endpoints=())
            draws = [
                (rule, units)
                for rule in rates.rules
                if (units := rule.weight(endpoint, is_request=True)) and rule.per != Level.STRATEGY
            ]
            scope = Scope(venue, account, endpoint)
            lane = f"{venue}/{account}/"
            path = self._paths[key] = self._compose(lane, scope, draws, Traffic.AUTOMATIC)
        return path

    def apply(self, event: BudgetUsed | RateLimited) -> None:
        """Take in what the edge sent by itself, or what the venue said about its limits."""
        if isinstance(event, BudgetUsed):
            for meter in self._concerned(event.scope):
                sent = min(event.ts_event, event.ts_recv)
                meter.use(event.count * _units(meter.rule, event.scope), sent)
        elif event.retry_after_ns is not None:
            self.penalise(event.scope, event.ts_recv + event.retry_after_ns)
        else:
            for meter in self._concerned(event.scope):
                for count in meter.counts:
                    count.halve(event.ts_recv, event.ts_recv + event.slow_ns)

    def penalise(self, scope: Scope, until_ns: int) -> None:
        """Let nothing in `scope` pass before `until_ns`, cancels included."""
        for meter in self._concerned(scope):
            for count in meter.counts:
                count.block(until_ns)

    def headroom(self, now: int) -> dict[str, int]:
        """Return how many units of entries each rule would let through at once, by its name.

        The name is followed by the account or strategy that has a count of its own.
        """
        return {
            " ".join(part for part in (f"{venue}.{rule}", owner) if part): meter.commands.room(now)
            for (venue, rule, owner), meter in self._meters.items()
            if meter.commands is not None
        }

    def snapshot(self) -> RateSnapshot:
        """Return what `restore` needs; its size is bounded by the limits."""
        return RateSnapshot(
            tuple(
                Remembered(owner, _state(meter.commands), _state(meter.automatic))
                for owner, meter in self._meters.items()
            )
        )

    def restore(self, snapshot: RateSnapshot, now: int) -> None:
        """Be as full as at the snapshot, the send times included; what it lacks stays as it is.

        What was sent after the snapshot must be given again (the journal's tail). Send times
        after `now`, from a clock that was set back, count as sent at `now`. Rules that are no
        longer there are forgotten.
        """
        rules = {
            (venue, rule.name): rule
            for venue, rates in self._venues.items()
            for rule in rates.rules
        }
        for state in snapshot.counts:
            rule = rules.get(state.owner[:2])
            if rule is None:
                continue
            meter = self._owned(state.owner, rule)
            for count, kept in (
                (meter.commands, state.commands),
                (meter.automatic, state.automatic),
            ):
                if count is not None and kept is not None:
                    count.restore(kept, now)

    def _compose(
        self, lane: str, scope: Scope, units: list[tuple[RateRule, int]], traffic: Traffic
    ) -> RatePath:
        draws: list[Draw] = []
        for rule, each in units:
            meter = self._meter(scope, rule)
            count = meter.automatic if traffic == Traffic.AUTOMATIC else meter.commands
            if count is None or each > max(count.allowed):
                raise ConfigError(
                    f"rate rule {scope.venue}.{rule.name} leaves no room for {traffic.name.lower()}"
                    f" requests that cost {each}; change automatic_share"
                )
            draws.append((f"{scope.venue}.{rule.name}", count, each))
        within = min((rule.jitter_ns for rule, _ in units), default=NEVER)
        return RatePath(lane, tuple(draws), within)

    def _meter(self, scope: Scope, rule: RateRule) -> _Meter:
        return self._owned((scope.venue, rule.name, _owner(scope, rule)), rule)

    def _owned(self, owner: Owner, rule: RateRule) -> _Meter:
        meter = self._meters.get(owner)
        if meter is None:
            meter = self._meters[owner] = _Meter(rule)
            if self._filled_at is not None:
                for count in meter.counts:
                    count.fill(self._filled_at)
        return meter

    def _concerned(self, scope: Scope) -> list[_Meter]:
        """Return the counts of a scope; where it names no account, those of every known one."""
        rates = self._venues.get(scope.venue)
        found = []
        for rule in rates.rules if rates is not None else ():
            if not _units(rule, scope) or (rule.per == Level.STRATEGY and not scope.strategy):
                continue
            if rule.per == Level.VENUE or _owner(scope, rule):
                found.append(self._meter(scope, rule))
            else:
                found += [
                    meter
                    for (venue, name, _), meter in self._meters.items()
                    if venue == scope.venue and name == rule.name
                ]
        return found


def _state(count: RateCount | None) -> CountState | None:
    return None if count is None else count.state()


def _owner(scope: Scope, rule: RateRule) -> str:
    return {Level.VENUE: "", Level.ACCOUNT: scope.account, Level.STRATEGY: scope.strategy}[rule.per]


def _units(rule: RateRule, scope: Scope) -> int:
    """Return what one request of the scope's endpoint draws; 1 when the endpoint is not known."""
    return rule.weight(scope.endpoint, is_request=True) if scope.endpoint else 1
