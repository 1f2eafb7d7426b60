"""The venue's end of the protocol, on top of the simulated broker.

Opens no socket: `connectors.simulation.server` does.
"""
