"""Readers of the files that come in; they return the frozen types of `domain.records`."""
