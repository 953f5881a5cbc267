"""Trainings and backtests that run as jobs, in processes of their own.

All processes of the service share one ledger of the jobs, and one of them runs the jobs.
"""
