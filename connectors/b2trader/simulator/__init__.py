"""B2TRADER itself, as its simulator: REST, three hubs, and the broker behind them.

Serves no socket; `connectors.simulation.server` does.
"""
