"""Measure ALOR's market data from the bytes of a frame to the event, on one core, without I/O.

Seconds are those of the processor, so that neighbours on the machine count less. The ratio is
against `json.loads` of the same frames in the same run. Every event is compared with the decimals
that were written, so that a fast wrong price would show.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from connectors import alor
from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import traded
from connectors.alor_protocol.mapping.listing import Listing
from connectors.alor_protocol.package import Section, settings_of
from connectors.alor_protocol.sessions.market import MarketSession
from engine.model.market import BookSnapshot, QuoteTick
from engine.model.subscription import DataKind, Subscription

BATCH = 20
"""How many frames are taken before the events are: about what one read of a busy socket brings."""

LEVELS = 10
LIMITS = {"quotes": 300_000, "books": 120_000}
"""Frames a second and core that are promised for the reference machine."""

LISTING = Listing(
    symbol="SBER",
    exchange="MOEX",
    board="TQBR",
    is_primary=True,
    market="FOND",
    cfi="ESXXXX",
    lot=10,
    tick=0.01,
    tick_value=0.1,
    face_value=3,
    shown_units=1,
    currency="RUB",
    status=17,
)


def session() -> tuple[MarketSession, dict[str, str]]:
    settings = settings_of(Section(), alor.QUIRKS, ())
    cache = InstrumentCache()
    cache.add(traded(LISTING, settings), "TQBR", is_primary=True)
    made = MarketSession(settings, lambda: "token", cache)
    made.opened(0)
    guids = {}
    for name, kind in (("quotes", DataKind.QUOTES), ("books", DataKind.BOOK)):
        made.subscribe(Subscription("SBER.ALOR", kind, LEVELS if name == "books" else 0), 0)
        guids[name] = json.loads(made.frames_to_send()[0])["guid"]
    return made, guids


def frame(data: dict[str, object], guid: str) -> bytes:
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f'{{ "data": {body}, "guid":"{guid}" }}'.encode()


def quotes(random: Random, count: int, guid: str) -> tuple[list[bytes], list[tuple[float, float]]]:
    frames, right = [], []
    for n in range(count):
        bid = random.randrange(20_000, 40_000)
        prices = bid / 100, (bid + random.randrange(1, 4)) / 100
        right.append(prices)
        record: dict[str, object] = {
            "sym": "SBER", "ex": "MOEX", "desc": "Сбербанк", "tst": 1703844426,
            "tso": 1703844426000 + n, "o": 272.19, "h": 272.59, "l": 271.48, "c": 272,
            "v": 5614360 + n, "acci": 0, "oi": None, "y": None, "ask": prices[1],
            "bid": prices[0], "av": random.randrange(9_999), "bv": random.randrange(9_999),
            "tbv": 328865, "tav": 543594, "lot": 10, "lotv": 2720, "fv": 3, "t": "CS",
        }  # fmt: skip
        frames.append(frame(record, guid))
    return frames, right


def books(random: Random, count: int, guid: str) -> tuple[list[bytes], list[tuple[float, float]]]:
    frames, right = [], []
    for n in range(count):
        bid = random.randrange(20_000, 40_000)
        right.append((bid / 100, (bid + 1) / 100))
        record: dict[str, object] = {
            "b": [{"p": (bid - k) / 100, "v": random.randrange(9_999)} for k in range(LEVELS)],
            "a": [{"p": (bid + 1 + k) / 100, "v": random.randrange(9_999)} for k in range(LEVELS)],
            "t": 1703844426000 + n,
            "h": False,
        }
        frames.append(frame(record, guid))
    return frames, right


def events_of(made: MarketSession, frames: list[bytes]) -> list[object]:
    found: list[object] = []
    for start in range(0, len(frames), BATCH):
        for each in frames[start : start + BATCH]:
            made.receive(each, 1)
        found += made.events()
    return found


def take(made: MarketSession, frames: list[bytes]) -> None:
    """Turn frames into events and let go of them, as the engine does."""
    for start in range(0, len(frames), BATCH):
        for each in frames[start : start + BATCH]:
            made.receive(each, 1)
        made.events()


def parse(frames: list[bytes]) -> None:
    """Parse frames into dictionaries, the baseline."""
    for each in frames:
        json.loads(each)


def touch(event: object) -> tuple[float, float]:
    if isinstance(event, BookSnapshot):
        return event.bids[0][0], event.asks[0][0]
    assert isinstance(event, QuoteTick), event
    return event.bid, event.ask


def per_second(work: Callable[[], object], count: int, repeat: int) -> float:
    times = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return count / statistics.median(times)


def main() -> int:
    """Print frames a second of both kinds; return 1 for a wrong price, with --strict for a miss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--strict", action="store_true", help="fail when a limit is missed")
    arguments = parser.parse_args()
    made, guids = session()
    random = Random(arguments.seed)
    failed = False
    for name, make in (("quotes", quotes), ("books", books)):
        frames, right = make(random, arguments.frames, guids[name])
        events = events_of(made, frames)
        if [touch(event) for event in events] != right:
            print(f"{name}: WRONG, an event has not the decimals that were written")
            return 1
        ours = per_second(partial(take, made, frames), len(frames), arguments.repeat)
        base = per_second(partial(parse, frames), len(frames), arguments.repeat)
        size = sum(map(len, frames)) // len(frames)
        missed = ours < LIMITS[name]
        failed |= missed
        print(
            f"{name}: {ours:,.0f} frames/s of {size} bytes, {ours / base:.1f} x json.loads"
            f" ({base:,.0f}/s); promised {LIMITS[name]:,}{' MISSED' if missed else ''}"
        )
    print(machine.describe())
    return 1 if failed and arguments.strict else 0


if __name__ == "__main__":
    sys.exit(main())
