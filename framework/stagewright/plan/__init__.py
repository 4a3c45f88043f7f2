"""The steps of a checked recipe: their order, their fingerprints, what is cached and why not."""
