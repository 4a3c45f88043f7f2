"""Gaussian process that learns from failures."""

from __future__ import annotations

from optuna.samplers import GPSampler

from ._failures import LearnsFromFailures


class Gp(LearnsFromFailures, GPSampler):
    """Optuna's, to which failed trials are bad ones."""
