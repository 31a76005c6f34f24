"""The key under which a browser keeps what could not be saved yet."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app

from review_portal.domain.policy import Viewer


def keep_key(viewer: Viewer, review: str) -> str:
    """32 bytes for AES-GCM, in base64: the same for this account and sheet, told to nobody else.

    What lies in the browser of a shared computer can be read only while its author is logged in.
    """
    secret = str(current_app.config["SECRET_KEY"]).encode()
    bound = f"kept in the browser\0{viewer.public_id}\0{review}".encode()
    return base64.b64encode(hmac.digest(secret, bound, hashlib.sha256)).decode()
