"""The protocol of TiRex's inference server: `/forecast/…`."""
