"""B2TRADER: orders over REST, everything that streams over three SignalR hubs.

Every name of the wire is in `names`; nothing here could be tried against the venue itself.
"""
