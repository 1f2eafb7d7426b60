"""Turn recordings of many formats into rows of a catalogue, or refuse them whole with the reason.

One importer a file; what they share (times, exact numbers, checks) stands beside them.
"""

from backtest.importers.options import ImportOptions, ImportPolicy
from backtest.importers.registry import FORMATS
from backtest.importers.report import ImportReport
from backtest.importers.run import ImportRequest, import_files

__all__ = [
    "FORMATS",
    "ImportOptions",
    "ImportPolicy",
    "ImportReport",
    "ImportRequest",
    "import_files",
]
