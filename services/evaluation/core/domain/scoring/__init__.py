"""Scores: a small tree of typed operators over decimals, each of which explains itself in a sentence."""
