"""Measure how fast cTrader's spot events become quotes of the engine, from bytes and without I/O.

Usage: `python benchmarks/ctrader_spots.py [--events N] [--seed S] [--repeat R]`. The baseline of
the same run only parses both messages of each frame. Pieces of the stream hold 1 to 100 events:
a quiet socket gives one at a time, a busy one many.
"""

import argparse
import hashlib
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine
from connectors.ctrader.codec import encode
from connectors.ctrader.directory import Account, Directory, Listed
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.login import Application, Login
from connectors.ctrader.package import PACKAGE
from connectors.ctrader.pushes import Pushes
from connectors.ctrader.schema.access_pb2 import ProtoOAAccountAuthRes, ProtoOAApplicationAuthRes
from connectors.ctrader.schema.envelope_pb2 import ProtoMessage
from connectors.ctrader.schema.market_pb2 import ProtoOASpotEvent, ProtoOASubscribeSpotsRes
from connectors.ctrader.session import OpenApiSession
from connectors.ctrader.trading_state import TradingState
from engine.config.secret import Secret
from engine.model.subscription import DataKind, Subscription

ACCOUNT = 1_001
NOW = 1_750_000_000_000_000_000
TARGET = 250_000
RATIO_AT_LEAST = 0.35
PROTOBUF = version("protobuf")


def make_frames(events: int, seed: int) -> list[bytes]:
    """Return spot events of one symbol: a bid, an ask or both, each with its time."""
    random, frames = Random(seed), []
    for number in range(events):
        spot = ProtoOASpotEvent(ctidTraderAccountId=ACCOUNT, symbolId=1)
        spot.timestamp = NOW // 1_000_000 + number
        sides = random.randrange(3)
        if sides != 1:
            spot.bid = 114_800 + random.randrange(40)
        if sides != 0:
            spot.ask = 114_850 + random.randrange(40)
        frames.append(framed(encode(spot)))
    return frames


def ready_session() -> OpenApiSession:
    """Return a session that is logged in and wants the quotes of one instrument."""
    account = Account(name="demo", id=ACCOUNT, is_live=False)
    directory = Directory((account,))
    instrument = PACKAGE.instruments[0]
    directory.add(account, Listed(1, instrument.price_digits, instrument))
    application = Application(
        client_id="x", client_secret=lambda: Secret("x"), refresh_token=lambda: Secret("x")
    )
    pushes = Pushes(directory, TradingState())
    session = OpenApiSession((account,), Login(application), directory, pushes, is_stream=True)
    session.opened(NOW)
    answers = (ProtoOAApplicationAuthRes(), ProtoOAAccountAuthRes(ctidTraderAccountId=ACCOUNT))
    for number, answer in enumerate(answers, 1):
        session.receive(framed(encode(answer, str(number))), NOW)
    session.subscribe(Subscription(instrument.id, DataKind.QUOTES), NOW)
    session.frames_to_send()
    done = ProtoOASubscribeSpotsRes(ctidTraderAccountId=ACCOUNT)
    session.receive(framed(encode(done, "3")), NOW)
    session.events()
    return session


def parse(pieces: list[bytes]) -> int:
    """Cut the stream and parse envelope and spot of each frame: the floor."""
    reader, count = FrameReader(), 0
    for piece in pieces:
        for envelope in reader.take(piece):
            ProtoOASpotEvent.FromString(ProtoMessage.FromString(envelope).payload)
            count += 1
    return count


def convert(pieces: list[bytes]) -> int:
    """Let a session make quotes of the stream, with what a pump asks of it after each piece."""
    session, count = ready_session(), 0
    for piece in pieces:
        session.receive(piece, NOW)
        count += len(session.events())
        session.frames_to_send()
        session.deadline()
    return count


def rate(work: Callable[[list[bytes]], int], pieces: list[bytes], repeat: int) -> float:
    """Return the median of events in a second."""
    rates = []
    for _ in range(repeat):
        started = time.perf_counter()
        count = work(pieces)
        rates.append(count / (time.perf_counter() - started))
    return statistics.median(rates)


def main() -> int:
    """Print a row for each size of piece; return 1 when the ratio of the largest is too small."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    frames = make_frames(options.events, options.seed)
    digest = hashlib.sha256(b"".join(frames)).hexdigest()[:16]
    facts = machine.describe()
    print(f"{facts['cpu']}, load {facts['load_1m']}, {facts['python']}, protobuf {PROTOBUF}")
    print(f"{options.events} events, seed {options.seed}, data {digest}")
    print("events in a piece   quotes/s   parsing alone/s   ratio")
    ratio = 0.0
    for size in (1, 10, 100):
        pieces = [b"".join(frames[at : at + size]) for at in range(0, len(frames), size)]
        floor, ours = rate(parse, pieces, options.repeat), rate(convert, pieces, options.repeat)
        ratio = ours / floor
        print(f"{size:17}   {ours:8,.0f}   {floor:15,.0f}   {ratio:5.2f}")
    print(f"target on the quiet reference machine: {TARGET:,} quotes/s; ratio {RATIO_AT_LEAST}")
    return 0 if ratio >= RATIO_AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
