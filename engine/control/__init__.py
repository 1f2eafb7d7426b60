"""The control endpoint of a running engine: what operators see and ask for, over a local socket.

Decides nothing: what is asked for goes to the runner, who makes it an input of the kernel.
"""
