"""Forecasts of whole tables: the program that runs bulk jobs, `python -m bulk run`.

One process reads the table and cuts it into pieces of whole series. Others forecast the pieces,
each into a part of the output, which is written whole or not at all. A job that is started again
goes on with the pieces that have no part yet.
"""
