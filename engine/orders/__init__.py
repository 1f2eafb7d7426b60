"""The life of orders: two tables, the orders themselves, and what they may still cost."""
