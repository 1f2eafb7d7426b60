"""Order books in exact integers: price levels (L2), order by order (L3), and their sequence rules.

Reads no wire and no file; whoever does hands in sides, prices and sizes in the instrument's units.
"""
