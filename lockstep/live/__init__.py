"""Compose a live or paper run: configuration, connectors, journal, strategies, and their end."""
