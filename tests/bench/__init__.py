"""The benchmarks: `python -m tests.bench [name …] [--quick]`. They measure, and judge nothing."""
