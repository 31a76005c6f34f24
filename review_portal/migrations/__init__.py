"""Schema changes (Alembic) and the triggers that keep history append-only."""
