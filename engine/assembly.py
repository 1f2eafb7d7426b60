"""Make a kernel as a configuration says, for whichever mode.

Loads no strategy and opens no connection.
"""

from collections.abc import Mapping

import msgspec

from engine.config.sections import Config
from engine.gate.limits import limits_of
from engine.gate.rates import NO_RATES, RateSetup, VenueRates, setup_rates
from engine.kernel import Kernel
from engine.ledger.account import AccountSpec
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.ports import ExecutionPort


def make_kernel(
    config: Config,
    instruments: Mapping[str, Instrument],
    ports: Mapping[str, ExecutionPort],
    ids: OrderIds,
    rates: RateSetup = NO_RATES,
) -> Kernel:
    """Return a kernel with the accounts and limits of a configuration, and no strategies yet.

    `rates` are the limits on how often venues may be asked; `rates_of` makes them.
    """
    firm = config.firm_currency()
    return Kernel(
        instruments,
        account_specs(config),
        lambda strategy, account, instrument: limits_of(
            config.risk, strategy, account, instrument, firm
        ),
        ports,
        ids,
        rates=rates,
        flatten_on_error=config.run.on_strategy_error == "flatten_and_stop",
    )


def rates_of(
    config: Config, shipped: Mapping[str, VenueRates], now: int = 0, *, assume_empty: bool = False
) -> RateSetup:
    """Return the limits of the venues of a configuration's accounts: shipped ones, as changed.

    `now` is when the run begins: every window counts as full then, unless nothing can have been
    sent before (`assume_empty`, also by `rates.assume_empty`). Raises ConfigError for limits that
    cannot be kept.
    """
    rates = config.rates
    if assume_empty:
        rates = msgspec.structs.replace(rates, assume_empty=True)
    venues = [account.venue for account in config.accounts]
    return setup_rates(rates, config.risk, venues, shipped, now)


def account_specs(config: Config) -> list[AccountSpec]:
    """Return the accounts of a configuration."""
    return [
        AccountSpec(
            id=account.id,
            venue=account.venue,
            currency=account.currency,
            balances=account.starting_balances(),
            leverage=account.leverage,
            hedging=account.positions == "hedging",
        )
        for account in config.accounts
    ]
