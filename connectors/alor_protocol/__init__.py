"""ALOR's protocol, which Invia speaks too: messages, mapping, sessions, flows and a simulator.

Knows no host: `connectors.alor` and `connectors.invia` bring addresses and quirks.
"""
