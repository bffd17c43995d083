"""`./dev bench`: one clip (clip.py), or the fit against rendered truth, exact landmarks and other methods (`fit`, fit.py)."""
