"""The door: where the app was started with a sign-in, no page runs before it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import streamlit as st

_REQUIRED = "IMID_SIGN_IN_REQUIRED"


def require_sign_in() -> None:
    """Stop the run for whoever has not signed in, or may not come in.

    Off unless the app was started with ``imid app --sign-in``. The identity is Streamlit's own,
    from a cookie that it signs.
    """
    if os.environ.get(_REQUIRED) != "true":
        return
    if not getattr(st.user, "is_logged_in", False):
        st.title("imid-warehouse", anchor=False)
        st.markdown("This warehouse is open to people who sign in.")
        for name, label in _providers().items():
            st.button(label, type="primary", key=f"sign_in_{name}", on_click=st.login, args=(name,))
        st.stop()
    access: Mapping[str, Any] = st.secrets.get("access", {})
    email = str(st.user.get("email") or "")
    with st.sidebar:
        st.caption(f"Signed in as {email or 'a person without an address'}")
        st.button("Sign out", icon=":material/logout:", key="sign_out", on_click=st.logout)
    if not may_enter(email, bool(st.user.get("email_verified", False)), access):
        st.error(
            "Your account may not open this warehouse. Ask whoever runs it to list your address.",
            icon=":material/lock:",
        )
        st.stop()


def may_enter(email: str, is_verified: bool, access: Mapping[str, Any]) -> bool:
    """Return whether an address is let in.

    Parameters
    ----------
    is_verified
        Whether the provider vouches for the address; a list of addresses admits no other.
    access
        ``emails`` and ``domains`` that are let in; without either everyone whom the provider
        signs in.
    """
    emails = {str(one).lower() for one in access.get("emails", ())}
    domains = {str(one).lower() for one in access.get("domains", ())}
    if not emails and not domains:
        return True
    address = email.lower()
    return is_verified and (address in emails or address.rpartition("@")[2] in domains)


def _providers() -> dict[str, str]:
    """Return the providers of the ``[auth]`` section by name, with the words of their button."""
    auth: Mapping[str, Any] = st.secrets.get("auth", {})
    named = [name for name, section in auth.items() if isinstance(section, Mapping)]
    if not named:
        return {"default": "Sign in"}
    return {name: f"Sign in with {name.capitalize()}" for name in named}
