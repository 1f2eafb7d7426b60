"""What can go wrong with the Open API, as faults.

What becomes of an order is a report, not a fault; see `refusals.py`.
"""

from engine.errors import VenueError


class FrameTooLong(VenueError):
    """Say that a frame is longer than may be kept; the connection cannot be read any further."""
