"""The pose prior: which body poses people take, learnt from motion capture."""
