"""The live side of a model: its event log, its alerts, its schedules."""
