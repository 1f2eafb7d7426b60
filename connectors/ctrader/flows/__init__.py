"""What takes several questions: reference data, an account's truth, history, one command.

Generators that yield steps; nothing here sends or waits.
"""
