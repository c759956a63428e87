"""Benchmarks. Costs are given in J: the CPU time of `json.loads` over the same bytes in the same run, which holds on any machine."""
