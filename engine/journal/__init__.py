"""The journal: every input of a live run before it acts, and every decision after, on disk."""
