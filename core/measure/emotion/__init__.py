"""`./dev bench emotion`: the tables of the emotion paper for our corpus, and what generated takes must hold."""
