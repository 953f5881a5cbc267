"""The core: NumPy in, NumPy out. No HTTP, no environment variables, no printing."""
