"""A run: its steps in turn, what finished ones mean for it, how it ends, who follows it, how it is done anew."""
