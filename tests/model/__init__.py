"""Model checking: whatever happens in whatever order, over the real stores, invariants hold.

A Hypothesis state machine plays agencies, duplication, practitioners and time to the real services
``keyworkers``, ``alerts`` and ``operations`` over one PostgreSQL, delivers what they say to each
other, again and after crashes, and looks at their stores after every step.
"""
