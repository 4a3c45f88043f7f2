"""What is kept of runs, verdicts and objectives: append-only, plain JSON."""
