"""Run work 3 in Lockstep: `ROWS --data FOLDER [--prepare]`; called on every change of the book."""

from benchmarks.book_workload import columns
from benchmarks.contract import workload_arguments
from benchmarks.lockstep_run import INSTRUMENT, run_workload
from lockstep import Book, Strategy


class BookReader(Strategy):
    """Read the best bid and ask on every change, and count those that changed one of them."""

    def on_start(self) -> None:
        """Subscribe to the book."""
        self.changes = 0
        self.touch: tuple[int, int] | None = None
        self.subscribe_book(INSTRUMENT)

    def on_book(self, book: Book) -> None:
        """Compare the touch with the last one, as the keys of the two sides, which are exact."""
        touch = book.bids.best, book.asks.best
        if touch != self.touch:
            self.changes += 1
            self.touch = touch


if __name__ == "__main__":
    chosen = workload_arguments(__doc__)
    run_workload(3, chosen, columns, BookReader, fee_bps=0.0, name="lockstep-each")
