"""The worker, which runs the jobs: a process of its own, without the web framework.

Any number of workers may share FORECAST_JOBS_DIR; one of them runs the jobs, the others stand by.
"""
