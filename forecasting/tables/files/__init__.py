"""Files of any format become tables whose columns can be read as they are written."""
