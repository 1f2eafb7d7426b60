"""The configuration of a run: its sections as values, its layers, and where each value came from.

Loads no strategy, opens no catalogue and keeps no secret.
"""

from engine.config.definitions import define
from engine.config.exchange import ExchangeConfig, ExchangeRules
from engine.config.instruments import InstrumentConfig
from engine.config.load import Loaded, inspect, load
from engine.config.risk import LimitsConfig, RiskConfig
from engine.config.schema import keys, schema
from engine.config.secret import Secret, SecretReference
from engine.config.sections import (
    AccountConfig,
    Config,
    ReportConfig,
    RunConfig,
    StrategyConfig,
)
from engine.config.settings import Setting, masked, settings
from engine.config.tree import Origin

__all__ = [
    "AccountConfig",
    "Config",
    "ExchangeConfig",
    "ExchangeRules",
    "InstrumentConfig",
    "LimitsConfig",
    "Loaded",
    "Origin",
    "ReportConfig",
    "RiskConfig",
    "RunConfig",
    "Secret",
    "SecretReference",
    "Setting",
    "StrategyConfig",
    "define",
    "inspect",
    "keys",
    "load",
    "masked",
    "schema",
    "settings",
]
