"""Experiments: does the program find what was planted, and are its probabilities and intervals what they say?

Each experiment simulates studies with a known truth, lets the analyses read them as anybody's, and stores what came
out, bars missed included.
"""

from crosscase.simulate.experiments.registry import EXPERIMENTS, Experiment, run_experiment

__all__ = ["EXPERIMENTS", "Experiment", "run_experiment"]
