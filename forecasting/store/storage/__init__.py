"""Where versions lie: in a folder, or in an object store."""
