"""Run work 2 in Lockstep with declared wakes: `ROWS --data FOLDER [--prepare]`; the same orders.

The strategy is called only when the mid has moved, and not on trades.
"""

from benchmarks.contract import workload_arguments
from benchmarks.lockstep_run import INSTRUMENT, run_workload
from benchmarks.work2_lockstep import DISTANCE_TICKS, Quoter, columns
from lockstep import MidMoved


class WokenQuoter(Quoter):
    """Keep the same two quotes; be called only when they have to move."""

    def on_start(self) -> None:
        """Subscribe to moves of the mid."""
        self.reference: int | None = None
        self.resting = ()
        self.subscribe_quotes(INSTRUMENT, MidMoved(DISTANCE_TICKS))


if __name__ == "__main__":
    chosen = workload_arguments(__doc__)
    run_workload(2, chosen, columns, WokenQuoter, fee_bps=0.0, name="lockstep-wakes")
