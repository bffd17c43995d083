"""The terms of the body's problem, one file each: a residual, its Jacobian, and its robust loss."""
