"""Desks: one blueprint per kind of user."""
