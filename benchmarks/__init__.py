"""Benchmarks: every claim of speed has a row here, measured against a baseline in the same run.

They are not tests: what they print never fails a build.
"""
