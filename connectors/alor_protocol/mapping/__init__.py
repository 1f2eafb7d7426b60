"""Where the venue's words end: lots become units, codes become states, rows become events.

Keeps no state of orders; `connectors.alor_protocol.placements` does.
"""
