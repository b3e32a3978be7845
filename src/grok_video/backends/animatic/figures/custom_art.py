"""Figures that Twemoji does not have, as drawings of our own in its 36 x 36 units."""

from __future__ import annotations

CUSTOM_ART = {
    "lighthouse": (
        '<path fill="#6b6470" d="M2 36c1-5 6-6 8-8 4 2 12 2 16 0 3 2 7 3 8 8z"/>'
        '<path fill="#8a828e" d="M6 33c2-3 4-3 5-4 3 2 7 1 9 1-4 2-8 2-14 3z"/>'
        '<path fill="#f5f1e8" d="M13.500 9h9l2.500 20H11z"/>'
        '<path fill="#d8402f" d="M13 13.500h10l.6 4.500H12.400zM11.900 22h12.200l.5 4H11.400z"/>'
        '<path fill="#000" opacity=".12" d="M19 9h3.500L25 29h-4z"/>'
        '<rect fill="#3a3f4c" x="11.500" y="8" width="13" height="1.600" rx=".5"/>'
        '<rect fill="#ffe9a0" x="14.600" y="3.600" width="6.800" height="4.600"/>'
        '<path fill="#3a3f4c" d="M17.500 3.600h1v4.600h-1zM14 3.800L18 .4l4 3.400z"/>'
        '<rect fill="#5a4030" x="16.800" y="25.500" width="2.600" height="4" rx="1.200"/>'
    ),
    "paper boat": (
        '<path fill="#f7f7f2" d="M1 20h34l-7 11H8z"/>'
        '<path fill="#dfe3e8" d="M18 20h17l-7 11H18z"/>'
        '<path fill="#ffffff" d="M18 5L8 20h10z"/>'
        '<path fill="#e3e7ec" d="M18 5l10 15H18z"/>'
        '<path fill="#c5ccd4" d="M1 20l10 3.500h14L35 20l-10 1.600H11z"/>'
    ),
    "windmill": (
        '<path fill="#e8dcc4" d="M12 12h12l3 24H9z"/><path fill="#a8503c" d="M11 13c1-6 13-6 14 0z"/>'
        '<g fill="#8a6a48"><path d="M17 12L3 3l2 5 11 6zM19 12l9-12-5 2-6 10zM19 14l14 9-2-5-11-6z"/>'
        '<path d="M17 14l-9 12 5-2 6-10z"/></g><circle fill="#5a4030" cx="18" cy="13" r="1.600"/>'
        '<rect fill="#6a4634" x="15.500" y="28" width="5" height="8" rx="2"/>'
    ),
}
