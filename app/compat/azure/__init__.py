"""Azure AI Anomaly Detector's detection in one series, versions 1.0 and 1.1 of its API.

Its service was closed on 2026-10-01. Its clients find this one at `/anomalydetector`.
"""
