"""cTrader's Open API: Protobuf over TLS, one connection for each of its two environments.

Facts of the wire come from the vendor's documentation, from its published schema and from recorded
bytes; `docs/venues/ctrader.md` says which are inferred.
"""
