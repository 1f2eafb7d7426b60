"""Binck: orders over REST, quotes and news of orders over one SignalR hub.

The service was closed by its owner in 2021; this connector can reach its simulator alone.
"""
