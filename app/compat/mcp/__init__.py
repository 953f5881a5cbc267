"""The Model Context Protocol, by which agents find the service's operations as tools.

https://modelcontextprotocol.io/specification. The package `mcp` speaks it; the tools are here.
"""
