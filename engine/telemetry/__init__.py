"""What a person sees of a running engine: its log, its figures and its alerts.

Decides nothing and is never waited for: the kernel runs the same without it.
"""
