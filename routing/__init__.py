"""Routing decides: pure functions over plain values.

Standard library only; no I/O, no clock, no database. ``signs`` says what a
text shows, ``rules`` and ``router`` what follows from it, ``typed`` what an
agent's text asks for, ``canned`` and ``phrases`` what is answered.
"""
