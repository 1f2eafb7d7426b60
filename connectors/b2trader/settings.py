"""What a configuration says about B2TRADER.

Holds no secret, only where it is.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from engine.config.secret import SecretReference
from engine.errors import ConfigError


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the venue's section.

    `url` is the broker's own host (`https://trade.broker.example`); there is no public one.
    `token` is the offline token that the trading terminal makes. `accounts` maps the engine's
    accounts to the venue's ids. `names` overrides entries of the table of names.
    """

    url: str
    token: SecretReference
    accounts: Mapping[str, str]
    names: Mapping[str, str] = MappingProxyType({})
    leverage: int = 1
    hedging: bool = False
    correlation_window_s: float = 30.0

    def venue_accounts(self, accounts: tuple[str, ...]) -> dict[str, str]:
        """Return the venue's id of each account. Raises ConfigError for one without."""
        missing = [name for name in accounts if name not in self.accounts]
        if missing:
            raise ConfigError(
                f"b2trader: account {missing[0]} has no accountId of the venue; add "
                f'accounts = {{ {missing[0]} = "67d0..." }} to the connector'
            )
        return {name: self.accounts[name] for name in accounts}
