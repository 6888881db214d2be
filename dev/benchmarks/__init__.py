"""What `dev/bench` measures (DESIGN 9). `measure` is what the benchmarks share; each of them gives rows."""
