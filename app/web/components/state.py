"""A page's filters, each bound to one parameter of the URL, so that a link is the view."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

_BIND: Any = "query-params"
_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})
_REFUSED = "refused:"
_KEPT = "kept:"
_PAGE = "page shown"
_LEFT = "left with:"
_RETURNED = "page returned to"
_LAG_S = 3.0


@dataclass(frozen=True)
class _Written:
    """What a choice last wrote into the URL, what stood there before, when, and what it is."""

    url: str | None = None
    before: str | None = None
    at: float = 0.0
    chosen: str | None = None

    def is_lag(self, raw: str | None) -> bool:
        """Return whether a browser that has not yet heard of the last change sent ``raw``."""
        return raw == self.before and time.monotonic() - self.at < _LAG_S


@dataclass
class UrlState:
    """The filters of one page in the order they are drawn.

    A value in the URL that a filter cannot take is named in a banner, with what the page shows
    instead, until the person uses that filter.

    Attributes
    ----------
    page
        Path of the page in the URL; it keeps the notes of different pages apart.
    reads
        Names of all parameters of the page, those of filters that are not always drawn too.
    values
        What each parameter stands at; filled as the filters are drawn.
    """

    page: str
    reads: Sequence[str] = ()
    values: dict[str, list[str]] = field(default_factory=dict)
    _returned: bool = False

    def arrive(self) -> None:
        """Take up the filters this page was left with, where no link says otherwise.

        The browser's Back brings a page without its parameters, and the navigation does too.
        """
        came_from = st.session_state.get(_PAGE, self.page)
        st.session_state[_PAGE] = self.page
        left = st.session_state.get(f"{_LEFT}{self.page}")
        if came_from != self.page and left and not st.query_params:
            st.session_state[_RETURNED] = True
            # A run that the browser's history asked for lets no one but the URL set a filter.
            st.rerun()
        self._returned = bool(st.session_state.pop(_RETURNED, False))

    def comes_back_to(self, key: str) -> bool:
        """Return whether the page is being come back to with a value of this filter."""
        return self._returned and bool(st.session_state.get(f"{_LEFT}{self.page}", {}).get(key))

    def _restore(self, key: str, options: Sequence[str] | None = None) -> None:
        """Give a filter the value it had when the page was left, if it may still have it."""
        left: dict[str, Any] = st.session_state.get(f"{_LEFT}{self.page}", {})
        if not self._returned or key not in left or key in st.session_state:
            return
        value = left[key]
        chosen = value if isinstance(value, list) else [value]
        if options is None or all(one in options for one in chosen):
            st.session_state[key] = value

    def _leave(self, key: str, value: object) -> None:
        left: dict[str, Any] = st.session_state.setdefault(f"{_LEFT}{self.page}", {})
        left[key] = value

    def choice(
        self,
        label: str,
        key: str,
        options: Sequence[str],
        *,
        labels: Mapping[str, str] | None = None,
        default: str | None = None,
        help_text: str | None = None,
    ) -> str:
        """Draw a select box and return the option chosen; the URL holds the option, not its label.

        Streamlit's own binding would write the label, which is neither short nor stable.
        """
        shown = _distinct(options, labels)
        first = default if default is not None and default in shown else options[0]
        widget, kept = f"{self.page}_{key}_choice", f"{_KEPT}{self.page}:{key}"
        memory: _Written = st.session_state.get(kept, _Written())
        raw = st.query_params.get(key)
        if raw is not None and raw not in shown:
            self._refuse(key, label, raw, f"“{shown[first]}” is shown instead")
            st.session_state[widget] = first
        elif widget not in st.session_state:
            st.session_state[widget] = raw or memory.chosen or first
        elif raw != memory.url and not memory.is_lag(raw):
            st.session_state[widget] = raw or first
        if st.session_state[widget] not in shown:
            st.session_state[widget] = first
        chosen = str(
            st.selectbox(
                label,
                list(options),
                format_func=lambda option: shown.get(option, option),
                key=widget,
                help=help_text,
                on_change=self._accept,
                args=(key,),
            )
        )
        wanted = chosen if chosen != first else None
        if wanted != raw:
            if wanted is None:
                st.query_params.pop(key, None)
            else:
                st.query_params[key] = wanted
            memory = _Written(wanted, raw, time.monotonic())
        st.session_state[kept] = replace(memory, url=wanted, chosen=chosen)
        self.values[key] = [chosen]
        return chosen

    def put(self, key: str, option: str) -> None:
        """Set a choice of this page before it is drawn in this run."""
        st.session_state[f"{self.page}_{key}_choice"] = option
        st.query_params[key] = option
        self._accept(key)

    def set_aside(self, *keys: str) -> None:
        """Take choices that this view of the page does not draw out of the URL.

        The view that draws them has them back.
        """
        for key in keys:
            raw = st.query_params.get(key)
            if raw is not None:
                st.session_state[f"{_KEPT}{self.page}:{key}"] = _Written(
                    before=raw, at=time.monotonic(), chosen=raw
                )
                st.query_params.pop(key, None)

    def swap(self, key_a: str, key_b: str) -> None:
        """Exchange what two choices of this page stand at; for a button's callback."""
        one, other = (f"{self.page}_{key}_choice" for key in (key_a, key_b))
        held = st.session_state.get(one), st.session_state.get(other)
        st.session_state[other], st.session_state[one] = held

    def segment(
        self,
        label: str,
        key: str,
        options: Sequence[str],
        *,
        labels: Mapping[str, str] | None = None,
        default: str | None = None,
        help_text: str | None = None,
    ) -> str:
        """Draw a segmented control of a few words and return the one chosen."""
        shown = _distinct(options, labels)
        first = default or options[0]
        raw = st.query_params.get_all(key)
        if raw and raw[-1] not in shown.values():
            self._refuse(key, label, raw[-1], f"“{shown[first]}” is shown instead")
        self._restore(key, options)
        chosen = st.segmented_control(
            label,
            list(options),
            default=first,
            required=True,
            format_func=lambda option: shown.get(option, option),
            key=key,
            help=help_text,
            bind=_BIND,
            on_change=self._accept,
            args=(key,),
        )
        value = str(chosen or first)
        self._leave(key, value)
        self.values[key] = [shown.get(value, value)]
        return value

    def many(
        self,
        label: str,
        key: str,
        options: Sequence[str],
        *,
        placeholder: str = "All",
        help_text: str | None = None,
    ) -> list[str]:
        """Draw a multiple choice and return what is chosen; nothing chosen means all."""
        unknown = [value for value in st.query_params.get_all(key) if value not in options]
        if unknown:
            self._refuse(key, label, ", ".join(unknown), "it is left out")
        self._restore(key, options)
        chosen = st.multiselect(
            label,
            list(options),
            key=key,
            placeholder=placeholder,
            help=help_text,
            bind=_BIND,
            on_change=self._accept,
            args=(key,),
        )
        self._leave(key, list(chosen))
        if chosen:
            self.values[key] = [str(value) for value in chosen]
        return [str(value) for value in chosen]

    def take_words_for(self, key: str, codes: Mapping[str, str]) -> None:
        """Put the words of a filter not yet drawn for the codes that older links hold.

        Parameters
        ----------
        codes
            The words of each code.
        """
        raw = st.query_params.get_all(key)
        written = [codes.get(value, value) for value in raw]
        if written != raw:
            # A filter already drawn in this session keeps what it stands at.
            with suppress(StreamlitAPIException):
                st.query_params[key] = written
                # A filter takes up what the URL held when the run began.
                st.rerun()

    def number(
        self,
        label: str,
        key: str,
        default: float,
        *,
        low: float,
        high: float,
        step: float,
        number_format: str = "%g",
        help_text: str | None = None,
    ) -> float:
        """Draw a number input with its bounds and return the number."""
        raw = st.query_params.get_all(key)
        if raw and not _within(raw[-1], low, high):
            self._refuse(
                key,
                label,
                raw[-1],
                f"a number from {low:g} to {high:g} is expected, {default:g} is used",
            )
        self._restore(key)
        value = st.number_input(
            label,
            min_value=float(low),
            max_value=float(high),
            value=float(default),
            step=float(step),
            format=number_format,
            key=key,
            help=help_text,
            bind=_BIND,
            on_change=self._accept,
            args=(key,),
        )
        self._leave(key, value)
        self.values[key] = [f"{value:g}"]
        return float(value)

    def text(
        self,
        label: str,
        key: str,
        *,
        placeholder: str = "",
        help_text: str | None = None,
        max_chars: int = 2000,
    ) -> str:
        """Draw a line of text and return it without surrounding blanks."""
        raw = st.query_params.get_all(key)
        if raw and len(raw[-1]) > max_chars:
            self._refuse(key, label, raw[-1], f"at most {max_chars} characters are read")
        self._restore(key)
        value = st.text_input(
            label,
            key=key,
            placeholder=placeholder,
            help=help_text,
            max_chars=max_chars,
            bind=_BIND,
            on_change=self._accept,
            args=(key,),
        )
        stripped = (value or "").strip()[:max_chars]
        self._leave(key, stripped)
        if stripped:
            self.values[key] = [stripped]
        return stripped

    def lines(
        self,
        label: str,
        key: str,
        *,
        placeholder: str = "",
        max_chars: int = 2000,
        height: int = 200,
    ) -> str:
        """Draw a field of several lines and return its text without surrounding blanks.

        Its widget is the page's own, so that another page's text of the same name is not read.
        """
        widget, kept = self._lines_widget(key), f"{_KEPT}{self.page}:{key}"
        memory: _Written = st.session_state.get(kept, _Written())
        raw = st.query_params.get(key)
        if raw is not None and len(raw) > max_chars:
            self._refuse(key, label, raw, f"at most {max_chars} characters are read")
        if widget not in st.session_state:
            st.session_state[widget] = (raw or memory.chosen or "")[:max_chars]
        elif raw != memory.url and not memory.is_lag(raw):
            st.session_state[widget] = (raw or "")[:max_chars]
        value = st.text_area(
            label,
            key=widget,
            placeholder=placeholder,
            max_chars=max_chars,
            height=height,
            on_change=self._accept,
            args=(key,),
        )
        text = value.strip()
        wanted = text or None
        if wanted != raw:
            if wanted is None:
                st.query_params.pop(key, None)
            else:
                st.query_params[key] = wanted
            memory = _Written(wanted, raw, time.monotonic())
        st.session_state[kept] = replace(memory, url=wanted, chosen=text)
        self.values[key] = [text]
        return text

    def fill(self, key: str, text: str) -> None:
        """Put a text into a field of several lines; for a widget's callback."""
        st.session_state[self._lines_widget(key)] = text

    def _lines_widget(self, key: str) -> str:
        return f"{self.page}_{key}_lines"

    def toggle(
        self, label: str, key: str, *, default: bool = False, help_text: str | None = None
    ) -> bool:
        """Draw a switch and return whether it is on."""
        raw = st.query_params.get_all(key)
        if raw and raw[-1].lower() not in _TRUE | _FALSE:
            self._refuse(key, label, raw[-1], "true or false is expected")
        self._restore(key)
        value = st.toggle(
            label,
            value=default,
            key=key,
            help=help_text,
            bind=_BIND,
            on_change=self._accept,
            args=(key,),
        )
        self._leave(key, value=bool(value))
        self.values[key] = [str(bool(value)).lower()]
        return bool(value)

    def note_refused(self, key: str, label: str, value: str, instead: str) -> None:
        """Remember a value of the URL that a filter outside this class could not take."""
        self._refuse(key, label, value, instead)

    def link(self) -> str:
        """Return the address of this view, defaults included, so that it stays what it is."""
        base = (st.context.url or f"/{self.page}").split("?")[0]
        query = urlencode([(key, value) for key, many in self.values.items() for value in many])
        return f"{base}?{query}" if query else base

    def refusals(self) -> list[str]:
        """Return a sentence for each value of the URL that was not taken."""
        prefix = f"{_REFUSED}{self.page}:"
        return [
            str(sentence)
            for name, sentence in st.session_state.items()
            if str(name).startswith(prefix)
        ]

    def unknown_parameters(self) -> list[str]:
        """Return the names in the URL that no filter of this page reads."""
        known = {*self.reads, "embed", "embed_options"}
        return sorted(name for name in st.query_params if name not in known)

    def _refuse(self, key: str, label: str, value: str, instead: str) -> None:
        shown = value if len(value) <= 80 else f"{value[:79]}…"
        st.session_state[f"{_REFUSED}{self.page}:{key}"] = (
            f"{label}: the link says “{shown}”, which cannot be used here; {instead}."
        )

    def _accept(self, key: str) -> None:
        st.session_state.pop(f"{_REFUSED}{self.page}:{key}", None)


def _distinct(options: Sequence[str], labels: Mapping[str, str] | None) -> dict[str, str]:
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for option in options:
        label = (labels or {}).get(option, option)
        shown[option] = label if label not in taken else f"{label} [{option}]"
        taken.add(shown[option])
    return shown


def _within(text: str, low: float, high: float) -> bool:
    try:
        return low <= float(text) <= high
    except ValueError:
        return False
