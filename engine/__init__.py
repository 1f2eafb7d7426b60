"""The engine: values, kernel, gate, live runtime and the ports that connectors implement.

It imports no other room, and knows neither a venue nor a file format of recorded data.
"""

from engine.native.selection import select as _select_core

_select_core()
