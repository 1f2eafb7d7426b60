"""The sessions of B2TRADER's three hubs.

They open no connection; `venue` names their links.
"""
