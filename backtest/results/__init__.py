"""The results of a run: its tables, metrics, reports and the folder that holds them.

It runs nothing: whoever runs writes through `tables`, and everything else here only reads.
"""
