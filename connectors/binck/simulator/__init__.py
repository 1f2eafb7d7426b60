"""Binck itself, as its simulator: login page, REST, the hub, and the broker behind them.

Serves no socket; `connectors.simulation.server` does.
"""
