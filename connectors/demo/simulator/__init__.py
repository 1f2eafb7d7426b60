"""The demo venue itself, as its simulator: HTTP, two WebSockets, and the broker behind them.

Serves no socket; `connectors.simulation.server` does.
"""
