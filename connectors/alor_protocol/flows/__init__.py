"""What is asked and answered once: tokens, lists, instruments, history, commands.

Generators all: they send nothing themselves.
"""
