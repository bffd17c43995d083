"""How a hand's fingers lie when the hand network answers what it answers: learnt from rendered hands."""
