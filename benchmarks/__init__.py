"""Benchmarks: every claim of speed has a row here, measured against a baseline in the same run.

They are not tests: absolute figures are only reported, and nothing but a ratio within one run or a
wrong answer makes a benchmark exit with 1.
"""
