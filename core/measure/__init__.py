"""Metrics, and the tables made with them."""
