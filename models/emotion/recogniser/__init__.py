"""Recognisers of emotion in the body: two of different kinds, which see the 22 body joints in windows of one length."""
