"""Alerts: who was told of what, by when they must say that they know, and who is told next.

Read ``raising`` (an alert for each assignment), ``deadlines`` (working time), ``escalation`` (who
is next), ``messages``, ``telling`` and ``channels`` (outside the pages), ``handlers`` and ``api``.
Holds no personal data: opaque ids and work contacts.
"""
