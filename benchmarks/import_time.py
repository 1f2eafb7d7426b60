"""Measure `import lockstep` in fresh processes, and refuse heavy libraries in it.

The ratio is against `import numpy` in the same run; the import of nothing else is measured.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = 7
BASELINE = "numpy"
# the target is 0.3 s on the reference machine, where numpy is estimated, not measured, at 0.075 s
RATIO_AT_MOST = 4.0
FORBIDDEN = ("pandas", "pyarrow", "plotly")
CODE = """
import json, sys, time
started = time.perf_counter()
import {module}
elapsed = time.perf_counter() - started
print(json.dumps([elapsed, [name for name in {forbidden!r} if name in sys.modules]]))
"""


def measure(module: str) -> tuple[float, list[str]]:
    """Return the median seconds of an import and the forbidden modules that it loaded.

    One more process comes first, uncounted: it leaves the byte code for the others.
    """
    code = CODE.format(module=module, forbidden=FORBIDDEN)
    told = [_once(code) for _ in range(PROCESSES + 1)][1:]
    return statistics.median(seconds for seconds, _ in told), told[-1][1]


def _once(code: str) -> tuple[float, list[str]]:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"import failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    seconds, loaded = json.loads(done.stdout)
    return float(seconds), list(loaded)


def main() -> int:
    """Print both medians and their ratio; return 1 if the ratio or a loaded library is too much."""
    baseline_s, _ = measure(BASELINE)
    ours_s, loaded = measure("lockstep")
    ratio = ours_s / baseline_s
    print(f"import lockstep: {ours_s:.3f} s, median of {PROCESSES} processes")
    print(f"import {BASELINE}: {baseline_s:.3f} s; ratio {ratio:.2f}, limit {RATIO_AT_MOST:.2f}")
    print(f"loaded by it of {', '.join(FORBIDDEN)}: {', '.join(loaded) or 'none'}")
    return 1 if loaded or ratio > RATIO_AT_MOST else 0


if __name__ == "__main__":
    sys.exit(main())
