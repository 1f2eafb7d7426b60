"""Check that no secret stands in anything that a person may read afterwards.

Looks at the disk, the logs and the summaries of the run.
"""

from collections.abc import Iterator

from connectors.frame.package import SIMULATED_SECRET
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record


def keeps_secrets(record: Record) -> Iterator[Breach]:
    """Demand that the secret of the venues is nowhere in what was written."""
    needle = SIMULATED_SECRET.encode()
    for name, data in record.written.items():
        if needle in data:
            at = data.index(needle)
            yield Breach(record.ended, f"a secret stands in {name} at byte {at}")
