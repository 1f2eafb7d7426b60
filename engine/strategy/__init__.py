"""What strategy authors use, and what runs it."""
