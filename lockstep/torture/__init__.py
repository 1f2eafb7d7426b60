"""Torture: whole bots against simulated venues with faults, in virtual time, judged by checkers.

One seed is one `scenario`; `stage` plays it and returns a `record`; `checkers` judge the record;
`story` tells a failure; `campaign` does so for many seeds. Nothing here trades for real.
"""
