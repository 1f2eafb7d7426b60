"""The hub protocol of ASP.NET Core SignalR, client and server, without I/O.

It knows no venue and opens no socket: bytes and moments come in, frames and events go out.
"""
