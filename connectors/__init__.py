"""The connectors: one package for each venue, with its simulator, and what venues share.

They translate between a venue's protocol and the engine's events; they decide nothing.
"""
