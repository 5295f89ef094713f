"""Evaluation: how well the real pipeline links, measured on files whose truth is known."""
