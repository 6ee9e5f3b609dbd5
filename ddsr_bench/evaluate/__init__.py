"""How well metrics follow people: coefficients, mappings, splits, intervals, tests. Numbers only, no video."""
