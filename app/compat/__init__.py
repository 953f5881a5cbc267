"""The protocols of other forecasting systems, so that their clients can be pointed here.

Each folder is one protocol: a translation onto the road that `/predict` and its like take.
"""
