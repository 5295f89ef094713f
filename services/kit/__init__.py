"""The chassis every service runs on. No business words here.

Read in this order: ``settings`` (what a service is told), ``app`` (:class:`Service`: pool, broker,
consumers, API, run), ``consume`` (a batch of records, once in effect), ``outbox`` (events out),
``work`` (a transaction for HTTP handlers and periodic tasks), ``web`` (problem details, health),
``auth``, ``db``, ``kafka``, ``telemetry``, ``errors``.
"""
