"""Agencies: where assessments come in, and where their agencies learn what became of them.

Owns agencies, their sharing agreements and credentials, assessments as received, and outcomes.
Read ``api`` (HTTP), ``inbound`` (Kafka), ``accept`` (the one way in), ``outcomes`` (pure: what an
agency is told), ``handlers``, ``webhooks`` (telling it), ``store``.
"""
