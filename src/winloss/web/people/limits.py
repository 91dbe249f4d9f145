"""Limits on signing in hold over all processes together."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal import auth
from allauth.socialaccount.internal import jwtkit
from django.core.cache import caches
from django.utils.connection import ConnectionProxy


def share() -> None:
    """Have attempts counted, and used codes and tokens remembered, in the cache that processes share.

    The library knows the default cache only, which is of one process here: pages are kept in it.
    """
    shared = ConnectionProxy(caches, "shared")
    for module in (ratelimit, auth, jwtkit):
        module.cache = shared
