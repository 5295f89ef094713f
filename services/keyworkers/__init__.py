"""Places, teams, key workers, engagements, referrals and the waiting list.

Owns the rules by which an assessment finds the household's one key worker. Invariants kept here: at
most one active engagement and one open referral per household; no referral where there is an active
engagement; every assessment of harm reaches the statutory front door, once, on every path.

Read ``routing`` (the rules), ``ranking`` and ``eligibility`` (who), ``waiting`` (who next),
``place`` (the data of a place), ``retention`` and ``erasing`` (how long, and what goes), ``store``
(SQL), ``handlers`` (events in and out), ``api``.
"""
