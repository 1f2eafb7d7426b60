"""The live runtime: kernel and strategies between a journal, connectors and a clock."""
