"""The checksum that a venue sends with its book, worked out over a book of ours.

Compares nothing: a feed or a check of recorded data does.
"""

from zlib import crc32

from engine.books.book import Book

_LEVELS = 10


def book_checksum(book: Book) -> int:
    """Return the CRC32 of the first ten asks, then the first ten bids, best first.

    Each level is its price and its size, written without the point and without leading zeros: that
    is their number of units, if the instrument has the decimals of the feed. Source: Kraken,
    WebSocket API v1, book checksum.
    """
    levels = (*book.asks.top(_LEVELS), *book.bids.top(_LEVELS))
    return crc32("".join(f"{price}{size}" for price, size in levels).encode())
