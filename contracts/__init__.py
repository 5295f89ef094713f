"""Kith's event contracts: the one thing, besides ``services.kit``, that services share.

Pydantic models here are the single source. JSON Schemas, the AsyncAPI document and the examples
under ``generated/`` and ``examples/`` are written by ``python -m contracts.generate`` and checked
for drift and for incompatible change by ``make check``.
"""
