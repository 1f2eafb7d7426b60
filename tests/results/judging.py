"""Compute the metrics of a run written by a test, and read one of them.

It judges nothing.
"""

from pathlib import Path

from backtest.results.metrics import Basis, Result, compute
from tests.results.folders import Book

HOUR = 3_600 * 10**9
USD = Basis(currencies={"main": "USD"})


def whole(book: Book, folder: Path, basis: Basis = USD) -> Result:
    total = compute(book.write(folder), basis).total
    assert total is not None
    return total


def value(result: Result, name: str) -> float:
    metric = result.measures[name]
    assert metric.value is not None, metric.reason
    return metric.value


def reason(result: Result, name: str) -> str:
    metric = result.measures[name]
    assert metric.value is None, metric.value
    return metric.reason
