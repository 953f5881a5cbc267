"""Trainings and backtests that run as jobs: queueing them, looking at them, cancelling them.

The ledger is what the service shares with the worker (app/worker), which runs the jobs.
"""
