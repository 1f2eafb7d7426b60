"""What a configuration says about Binck, and where its two environments were.

Holds no secret, only where it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from engine.config.secret import SecretReference
from engine.errors import ConfigError


class Hosts(msgspec.Struct, frozen=True):
    """Hold the base URLs of one environment, without a slash at the end."""

    login: str
    api: str
    hub: str


ENVIRONMENTS: Mapping[str, Hosts] = MappingProxyType(
    {
        "sandbox": Hosts(
            "https://login.sandbox.binck.com/am/oauth2",
            "https://api.sandbox.binck.com/api/v1",
            "https://realtime.sandbox.binck.com/stream/v1",
        ),
        "production": Hosts(
            "https://login.binck.com/am/oauth2",
            "https://api.binck.com/api/v1",
            "https://realtime.binck.com/stream/v1",
        ),
    }
)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the venue's section.

    `accounts` maps the engine's accounts to account numbers. `hosts` replaces an environment.
    Without `confirm_warnings`, an order whose preview asks for a confirmation is refused with the
    warnings as reason. `time_zone` is that of the market, in which the history is told.
    """

    client_id: str
    client_secret: SecretReference
    refresh_token: SecretReference
    accounts: Mapping[str, str]
    environment: Literal["sandbox", "production"] = "sandbox"
    hosts: Hosts | None = None
    realm: str = "bincknlapi"
    redirect_uri: str = "http://localhost:8400/binck"
    locale: str = "nl"
    scope: str = "read write quotes news"
    confirm_warnings: bool = False
    time_zone: str = "Europe/Amsterdam"

    def where(self) -> Hosts:
        """Return the base URLs."""
        return self.hosts or ENVIRONMENTS[self.environment]

    def account_numbers(self, accounts: tuple[str, ...]) -> dict[str, str]:
        """Return the number of each account. Raises ConfigError for one without."""
        missing = [name for name in accounts if name not in self.accounts]
        if missing:
            raise ConfigError(
                f"binck: account {missing[0]} has no number at the venue; add "
                f'accounts = {{ {missing[0]} = "7654321" }} to the connector'
            )
        return {name: self.accounts[name] for name in accounts}
