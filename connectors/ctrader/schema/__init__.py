"""The messages of the Open API as schemas, and the modules that `make proto` wrote from them.

The schemas have a package of their own, so that a second copy in the process does no harm; the
bytes on the wire do not know it. Release 91, without the five messages withdrawn after it.
"""
