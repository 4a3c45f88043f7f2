"""A sweep at work: its trials, what they share, how it stands, what it found."""
