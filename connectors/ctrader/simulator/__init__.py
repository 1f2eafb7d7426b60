"""A simulator that speaks the Open API: TLS and WebSocket, several accounts, faults.

Holds no market and no matching of its own: a broker is handed in.
"""
