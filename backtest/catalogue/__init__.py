"""Keep recorded market data in exact, self-describing Parquet files.

Re-exports what other rooms use; knows no venue's recording format.
"""

from backtest.catalogue.catalogue import Catalogue, StreamListing
from backtest.catalogue.columns import MISSING, Columns, Kind, Stream
from backtest.catalogue.schema import Source
from backtest.catalogue.session import StreamWritten, WriteSession

__all__ = [
    "MISSING",
    "Catalogue",
    "Columns",
    "Kind",
    "Source",
    "Stream",
    "StreamListing",
    "StreamWritten",
    "WriteSession",
]
