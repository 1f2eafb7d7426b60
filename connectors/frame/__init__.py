"""What every connector is built on: flows, sessions, pumps, and the supervisor of connections.

Knows no venue; `connectors.demo` is the smallest complete example of one.
"""
