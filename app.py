"""The WSGI application: `gunicorn app:app`."""

from review_portal import create_app

app = create_app()
