"""The gate: the only way from a strategy's intent to a connector."""
