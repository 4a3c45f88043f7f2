"""Stagewright: one YAML recipe for the whole machine-learning lifecycle."""
