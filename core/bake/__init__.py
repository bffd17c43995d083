"""A take made clean: its root apart, its loop closed, its keys few. Arrays only, numpy only."""
