"""Make a kernel as a configuration says, for whichever mode.

Loads no strategy and opens no connection.
"""

from collections.abc import Mapping

from engine.config.sections import Config
from engine.gate.limits import limits_of
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
) -> Kernel:
    """Return a kernel with the accounts and limits of a configuration, and no strategies yet."""
    return Kernel(
        instruments,
        account_specs(config),
        lambda *scopes: limits_of(config.risk, *scopes),
        ports,
        ids,
        flatten_on_error=config.run.on_strategy_error == "flatten_and_stop",
    )


def account_specs(config: Config) -> list[AccountSpec]:
    """Return the accounts of a configuration."""
    return [
        AccountSpec(
            id=account.id,
            venue=account.venue,
            currency=account.currency,
            balances=account.starting_balances(),
            leverage=account.leverage,
        )
        for account in config.accounts
    ]
