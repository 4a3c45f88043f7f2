"""A Hydra sweeper for any Hydra app: `-m hydra/sweeper=stagewright`."""
