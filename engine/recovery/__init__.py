"""What brings a run back after its end, and its books in line with the venue's."""
