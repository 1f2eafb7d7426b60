"""Indicators that take one value or bar at a time and agree with their batch formulas.

Makes no decision and keeps no more history than its period; `docs/indicators.md` lists them all.
"""

from lockstep.indicators.adapters import (
    BatchBarIndicator,
    BatchIndicator,
    TalippBarIndicator,
    TalippIndicator,
)
from lockstep.indicators.averages import Dema, Ema, Hma, Kama, Rma, Tema, Wma
from lockstep.indicators.channels import Bands, BollingerBands, Donchian, Keltner
from lockstep.indicators.indicator import BarIndicator, Indicator, PriceBar, ValueIndicator
from lockstep.indicators.oscillators import (
    Cci,
    Macd,
    MacdValue,
    RateOfChange,
    Rsi,
    Stochastic,
    StochasticValue,
    WilliamsR,
)
from lockstep.indicators.rolling import (
    Correlation,
    Highest,
    LinearRegressionSlope,
    Lowest,
    StandardDeviation,
    ZScore,
)
from lockstep.indicators.simple_average import Sma
from lockstep.indicators.trend import Adx, AdxValue, ParabolicSar, Supertrend, TrendStop
from lockstep.indicators.volatility import Atr, TrueRange
from lockstep.indicators.volume import Mfi, Obv, Vwap

__all__ = [
    "Adx",
    "AdxValue",
    "Atr",
    "Bands",
    "BarIndicator",
    "BatchBarIndicator",
    "BatchIndicator",
    "BollingerBands",
    "Cci",
    "Correlation",
    "Dema",
    "Donchian",
    "Ema",
    "Highest",
    "Hma",
    "Indicator",
    "Kama",
    "Keltner",
    "LinearRegressionSlope",
    "Lowest",
    "Macd",
    "MacdValue",
    "Mfi",
    "Obv",
    "ParabolicSar",
    "PriceBar",
    "RateOfChange",
    "Rma",
    "Rsi",
    "Sma",
    "StandardDeviation",
    "Stochastic",
    "StochasticValue",
    "Supertrend",
    "TalippBarIndicator",
    "TalippIndicator",
    "Tema",
    "TrendStop",
    "TrueRange",
    "ValueIndicator",
    "Vwap",
    "WilliamsR",
    "Wma",
    "ZScore",
]
