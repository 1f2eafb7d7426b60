"""The rules of the gate: plain objects whose methods judge one order each."""
