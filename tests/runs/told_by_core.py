"""A process of one core: it reads runs to make, one JSON object a line, and answers each.

It compares nothing; `tests/property/test_cores.py` holds the answers of both cores together.
"""

import hashlib
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.native.selection import in_use
from tests.runs.small import run
from tests.runs.wakeful import wakeful, write_ticks

Asked = dict[str, Any]
Answer = dict[str, Any]


def answer(asked: Asked) -> Answer:
    """Return the digest, the counts, and a hash of every file that a run writes."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_ticks(folder / "catalog", asked["rows"], asked["liveliness"], asked["seed"])
        (folder / "run").mkdir()
        strategies = wakeful(asked["chosen"], asked["seed"])
        outcome = run(folder / "catalog", strategies, tuple(asked["lines"]), folder / "run")
        written = sorted((folder / "run").iterdir())
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}
    return {
        "digest": outcome.digest,
        "counts": [outcome.events, outcome.orders, outcome.denied, outcome.fills],
        "denials": outcome.denials,
        "orders": [repr(order) for order in outcome.open_orders],
        "faults": [fault.error for fault in outcome.faults],
        "files": files,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(in_use()) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
