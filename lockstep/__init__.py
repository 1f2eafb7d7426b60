"""The face of Lockstep: everything a strategy author or an operator imports.

It holds no trading logic of its own; the rooms below it do the work.
"""
