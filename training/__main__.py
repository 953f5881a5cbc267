"""`python -m training`."""

import os

# NumPy's threads wait for each other by spinning, which takes long on a busy machine. It reads the
# variable when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from training.cli.main import cli

cli()
