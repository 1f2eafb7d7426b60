"""List the formats that can be imported.

Reads no file; making an importer is all that happens here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backtest.importers import (
    algopack,
    binance,
    csv,
    databento,
    finam,
    histdata,
    kraken,
    lean,
    lobster,
    tinvest,
    tinvest_daily,
)
from backtest.importers.batch import Importer
from backtest.importers.options import Recording


@dataclass(frozen=True)
class Format:
    """Describe a format: how its importer is made, and the options it reads.

    `price_digits` is what the format's prices can have, so that every file of it fits.
    """

    name: str
    about: str
    make: Callable[[Recording], Importer]
    options: frozenset[str]
    price_digits: int = 0


_ALL = (
    Format("csv", "delimited text, described by the options", csv.CsvImporter, csv.OPTIONS),
    Format("histdata", "HistData one-minute bars", histdata.HistDataImporter, histdata.OPTIONS),
    Format("lean-equity", "Lean equity zips: ticks, minutes", lean.lean_equity, lean.OPTIONS, 4),
    Format("lean-forex", "Lean forex zips: ticks, minutes", lean.lean_forex, lean.OPTIONS),
    Format("binance", "raw Binance captures", binance.BinanceImporter, binance.OPTIONS),
    Format("kraken", "Kraken book captures", kraken.KrakenImporter, kraken.OPTIONS),
    Format(
        "databento",
        "Databento market by order (DBN)",
        databento.DatabentoImporter,
        databento.OPTIONS,
    ),
    Format("lobster", "LOBSTER messages and books", lobster.LobsterImporter, lobster.OPTIONS, 4),
    Format("finam", "Finam bars of Moscow", finam.FinamImporter, finam.OPTIONS),
    Format("tinvest", "T-Invest one-minute bars", tinvest.TInvestImporter, tinvest.OPTIONS),
    Format(
        "tinvest-daily",
        "tab-separated daily bars of TQBR",
        tinvest_daily.TInvestDailyImporter,
        tinvest_daily.OPTIONS,
    ),
    Format("algopack", "MOEX AlgoPack bars", algopack.AlgoPackImporter, algopack.OPTIONS),
)
FORMATS: Final = {one.name: one for one in _ALL}
"""Every format by its name."""
