"""The distinct frames that the official JavaScript client and its server sent each other."""

import json
from pathlib import Path

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "signalr" / "golden.jsonl").read_text("utf-8").splitlines()
]
