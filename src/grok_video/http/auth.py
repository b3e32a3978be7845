"""Authentication: `Authorization: Bearer KEY`, or the studio's session cookie on our own pages."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from ..domain.errors import InvalidKey
from ..ports import Action, AuditLog, Key, KeyStore, Session, SessionStore
from .addresses import Addresses, address_of
from .rate_limits import RequestLimits
from .session import session_token
from .wrong_keys import FREE_ATTEMPTS, WrongKeys

SAFE = ("GET", "HEAD", "OPTIONS")
# Where a request's caller is kept for the cache of responses.
SCOPE_KEY = "grok_video.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: a key, and the session if it came by cookie."""

    key: Key
    session: Session | None = None

    @property
    def until(self) -> float:
        """When this caller may no longer be one: the end of its key, of an overlap, or of its session."""
        ends = (self.key.limits.expires_at, self.key.previous_until, self.session and self.session.expires_at)
        now = time.time()
        return min((end for end in ends if end is not None and end > now), default=math.inf)


class Authenticator:
    """Finds the API key of a request, within the limits of its address and of the key."""

    def __init__(
        self,
        keys: KeyStore,
        sessions: SessionStore,
        audit: AuditLog,
        *,
        limits: RequestLimits,
        wrong_keys: WrongKeys,
        addresses: Addresses,
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._audit = audit
        self._limits = limits
        self._wrong_keys = wrong_keys
        self._addresses = addresses

    async def key(self, request: Request) -> Key:
        """Return the request's active key; raise InvalidKey or RateLimited."""
        return (await self.caller(request)).key

    async def caller(self, request: Request) -> Caller:
        """Return the request's active key and session; raise InvalidKey or RateLimited."""
        self.count_address(request)
        caller = await self._find(request)
        self.count_key(request, caller.key)
        request.scope[SCOPE_KEY] = caller
        return caller

    def count_address(self, request: Request) -> None:
        """Count a request of its address; raise RateLimited."""
        if not self._limits.by_address:
            return
        self._limits.count_address(request.scope, self._addresses.limited(request))

    def count_key(self, request: Request, key: Key) -> None:
        """Count a request of a key; raise RateLimited."""
        self._limits.count_key(request.scope, key.id, key.limits.rpm)

    def count_repeated(self, request: Request, caller: Caller) -> None:
        """Count a request whose response is repeated; raise RateLimited."""
        if self._limits.used:
            self.count_address(request)
            self.count_key(request, caller.key)

    async def _find(self, request: Request) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and secret.strip():
            return Caller(await self.secret(request, secret))
        # A proxy in front of us may use Basic authorization for itself.
        if token := session_token(request):
            return await self._by_cookie(request, token)
        raise InvalidKey("No API key: send `Authorization: Bearer KEY`.")

    async def is_active(self, key_id: str) -> bool:
        """Check whether a key is active."""
        return await self._keys.find(key_id) is not None

    async def still_valid(self, request: Request, caller: Caller) -> bool:
        """Check whether a caller's key or session is still good, for streams and waits."""
        if caller.session is not None:
            session = await self._sessions.find(session_token(request) or "")
            return session is not None and session.id == caller.session.id and await self.is_active(caller.key.id)
        secret = request.headers.get("authorization", "").partition(" ")[2].strip()
        key = await self._keys.authenticate(secret)
        return key is not None and key.id == caller.key.id

    async def secret(self, request: Request, secret: str) -> Key:
        """Return the active key with a secret; raise InvalidKey, or RateLimited after too many wrong ones."""
        secret, address = secret.strip(), self._addresses.limited(request)
        self._wrong_keys.check(address, secret)
        key = await self._keys.authenticate(secret)
        if key is None:
            await self._note_failure(address, secret)
            raise InvalidKey("This API key is wrong, expired or revoked: send `Authorization: Bearer KEY`.")
        self._wrong_keys.succeeded(secret)
        return key

    async def ticket(self, request: Request, ticket: str) -> Key:
        """Return the active key that a ticket was issued for, and use the ticket up; raise InvalidKey."""
        address = self._addresses.limited(request)
        self._wrong_keys.check(address, ticket)
        key_id = await self._sessions.redeem(ticket)
        key = await self._keys.find(key_id) if key_id else None
        if key is None:
            await self._note_failure(address, ticket)
            raise InvalidKey(
                "This link is too old or was used: open a new one, or sign in with your key.", param="ticket"
            )
        return key

    async def operator(self, request: Request) -> Key:
        """Return the operator's key; raise InvalidKey for any other."""
        key = await self.key(request)
        if not key.operator:
            raise InvalidKey("This needs the operator's key.")
        return key

    async def record(self, request: Request, action: Action, *, actor: str | None, target: str | None = None) -> None:
        """Add to the audit log what a request has done."""
        await self._audit.record(action, actor=actor, target=target, address=address_of(request))

    async def _note_failure(self, address: str | None, secret: str) -> None:
        # Once per address and streak: the log must not grow with every guess.
        if self._wrong_keys.failed(address, secret) == FREE_ATTEMPTS:
            await self._audit.record(Action.WRONG_KEYS, actor=None, address=address)

    async def _by_cookie(self, request: Request, token: str) -> Caller:
        if not from_our_page(request):
            raise InvalidKey("The session is for the studio's own pages: send `Authorization: Bearer KEY`.")
        session = await self._sessions.find(token)
        key = await self._keys.find(session.key_id) if session else None
        if session is None or key is None:
            raise InvalidKey("The session has ended. Sign in again.")
        return Caller(key, session)


def from_our_page(request: Request) -> bool:
    """Check whether a browser sends this request for a page of ours; the session cookie is ignored otherwise.

    Browsers send Sec-Fetch-Site to trustworthy hosts only (https, localhost). To others they send Origin with every
    unsafe method and every read by a script of another origin, and SameSite=Strict protects the rest.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin" or (site == "none" and request.method in SAFE)
    origin = request.headers.get("origin")
    if origin is None:
        return request.method in SAFE
    return _host_of(origin) == request.headers.get("host")


def _host_of(origin: str) -> str | None:
    """Return an origin's host and port; None for what is no origin."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
