"""Grafana's dashboards and Prometheus's rules as code. ``python -m services.dashboards`` writes
``deploy/grafana/dashboards`` and ``deploy/prometheus/rules``; ``--check`` says what would change.

Needs the development requirements. Invariant: what is checked in is what this writes.
"""
