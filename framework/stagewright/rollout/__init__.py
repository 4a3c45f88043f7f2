"""Rollouts: a pure state machine over events and a clock, and the thin shell that keeps its journal.

The same controller decides in the gateway, in a replay of held-out samples and in simulations.
"""
