"""The quick detail that a decoder leaves out: the network that draws it, what it is taught by, and its training."""
