"""What a recipe's sweep means: what may vary, which steps it repeats."""
