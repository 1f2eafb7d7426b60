"""Run work 3 in Lockstep: `ROWS --data FOLDER [--prepare]`; called when the touch changes."""

from benchmarks.book_workload import columns
from benchmarks.contract import workload_arguments
from benchmarks.lockstep_run import INSTRUMENT, run_workload
from lockstep import Book, Strategy, TouchChanged


class TouchReader(Strategy):
    """Read the best bid and ask each time one of them has changed."""

    def on_start(self) -> None:
        """Subscribe to changes of the touch."""
        self.changes = 0
        self.subscribe_book(INSTRUMENT, TouchChanged())

    def on_book(self, book: Book) -> None:
        """Count, and read what a strategy would."""
        self.changes += 1
        self.touch = book.bid, book.ask


if __name__ == "__main__":
    run_workload(3, workload_arguments(__doc__), columns, TouchReader, fee_bps=0.0)
