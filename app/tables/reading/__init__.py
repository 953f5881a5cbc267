"""Reading tables, whatever bytes come. All of this runs in child processes (app/tables/pool.py) and
never in the service itself. Each format has a module, and reader.py chooses among them."""
