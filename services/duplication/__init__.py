"""Duplication: which person, and which household, an assessment is of.

Pure modules decide (``normalise``, ``blocking``, ``comparisons``, ``score``, ``people``,
``household``, ``decide``, ``fold``); ``store`` alone holds SQL; ``handlers`` and ``api`` join them.
"""
