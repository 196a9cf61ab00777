"""What it costs: speeds, latencies and sizes, beside a floor measured in the same run.

``python -m bench`` runs all and prints one table; ``python -m bench.intake`` (relay,
latency, start, claim) runs one. ``--quick`` is a short run that shows that it works,
``--json`` prints a list of figures. docs/reference/bench.md says what each one means.
"""
