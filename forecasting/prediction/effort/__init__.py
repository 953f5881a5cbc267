"""More effort for a forecast: several looks at a series, weighted by how each would have done."""
