"""Journeys, the ledger and the counts in PostgreSQL.

``writing``: what events said. ``reading``: journeys, ledger rows, stalls. ``measuring``: counts.
"""
