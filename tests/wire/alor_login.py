"""A venue of ALOR's protocol in memory: settings, instruments, and tokens that can be read."""

import base64
import json

from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import Traded, traded
from connectors.alor_protocol.mapping.listing import Listing
from connectors.alor_protocol.settings import Hosts, Settings
from connectors.limits import ALOR

HOSTS = Hosts(
    api="https://api.example",
    stream="wss://api.example/ws",
    orders="wss://api.example/cws",
    oauth="https://oauth.example",
    graphql="https://api.example/hyperion",
)
SETTINGS = Settings(
    venue="ALOR", hosts=HOSTS, rates=ALOR, exchange="MOEX", portfolios={"main": "D39004"}
)
GAZP = Listing(
    symbol="GAZP",
    exchange="MOEX",
    board="TQBR",
    is_primary=True,
    market="FOND",
    cfi="ESXXXX",
    lot=10,
    tick=0.01,
    tick_value=0.1,
    face_value=5,
    shown_units=1,
    currency="RUB",
    status=17,
)


def token(issued: int = 0, life: int = 1_800, portfolios: str = "D39004 7500GHC") -> str:
    claims = {"sub": "P039004", "iat": issued, "exp": issued + life, "portfolios": portfolios}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.signature"


def cache() -> tuple[InstrumentCache, Traded]:
    found = traded(GAZP, SETTINGS)
    instruments = InstrumentCache()
    instruments.add(found, "TQBR", is_primary=True)
    return instruments, found
