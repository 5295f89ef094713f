"""Bench: how fast Kith is, beside a floor that does the same hops with no logic in them.

``kith bench`` starts real servers and real service processes, drives assessments through them over
HTTP, and reads from the topics when each stage was done. The floor runs first, on the same servers,
on the same chassis; what Kith costs more is what its own work costs.
"""
