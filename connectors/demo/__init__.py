"""A small venue of our own, complete: JSON over HTTP and two WebSockets, with a simulator.

No such venue exists. It is the example of the connector guide, and what tests of the live engine
trade on.
"""
