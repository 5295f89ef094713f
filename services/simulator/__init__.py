"""Simulator: a borough's households and the agencies that assess them, with known truth.

Everything follows from a seed. Pure modules take a ``random.Random`` and a start day; none reads
a clock. Invariant: what is true (who is who) goes to a file beside the assessments and never
into one, so that nothing downstream can learn it but by matching.

All of it is synthetic: NHS numbers start 999, phone numbers come from Ofcom's ranges for drama
(07700 900000 to 900999, 0161 496 0000 to 0999), emails are at example.org.
"""
