"""SageMaker: its endpoints and containers, as DeepAR, GluonTS, Chronos and AutoGluon are called."""
