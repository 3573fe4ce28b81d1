"""What of HTML from elsewhere may stand in a page: lists of names, held by nh3."""

from __future__ import annotations

import re
from functools import cache

import bs4
import nh3

from notebook_reports.packs.terminal import whole
from notebook_reports.report import prose

_TAGS = (
    "a abbr article b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn "
    "div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt "
    "ruby s samp section small span strong sub summary sup table tbody td tfoot th thead time tr "
    "u ul var wbr"
)
_MATH = (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot "
    "mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover"
)
_SVG = (
    "svg circle clipPath defs desc ellipse g image line linearGradient marker mask path pattern "
    "polygon polyline radialGradient rect stop symbol text textPath title tspan use"
)
PICTURE = frozenset(_SVG.split())
"""Elements of a drawing."""

_ATTRIBUTES = {
    "*": "id class title lang dir role aria-label aria-labelledby aria-describedby aria-hidden "
    "hidden style",
    "a": "href name download hreflang",
    "img": "src alt",
    "td": "colspan rowspan headers",
    "th": "colspan rowspan headers scope abbr",
    "col": "span",
    "colgroup": "span",
    "ol": "start reversed type",
    "li": "value",
    "time": "datetime",
    "data": "value",
    "details": "open",
    **dict.fromkeys(("blockquote", "q"), "cite"),
    **dict.fromkeys(("del", "ins"), "cite datetime"),
    **dict.fromkeys(
        _MATH.split(),
        "accent accentunder columnalign columnspacing columnspan depth display displaystyle fence "
        "alttext form height largeop linethickness lspace mathsize mathvariant maxsize minsize "
        "movablelimits notation rowalign rowspacing rowspan rspace scriptlevel separator stretchy "
        "symmetric voffset width",
    ),
    **dict.fromkeys(
        PICTURE,
        "clip-path clip-rule clipPathUnits cx cy d display dominant-baseline dx dy fill "
        "fill-opacity fill-rule font-family font-size font-style font-weight fx fy "
        "gradientTransform gradientUnits height href letter-spacing marker-end marker-mid "
        "marker-start markerHeight markerUnits markerWidth mask maskUnits offset opacity orient "
        "pathLength patternTransform patternUnits points preserveAspectRatio r refX refY rotate "
        "rx ry spreadMethod startOffset stop-color stop-opacity stroke stroke-dasharray "
        "stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity "
        "stroke-width text-anchor textLength transform vector-effect version viewBox visibility "
        "width x x1 x2 xlink:href xml:space xmlns xmlns:xlink y y1 y2",
    ),
}
_PICTURE_STYLES = (
    "clip-path display dominant-baseline fill fill-opacity fill-rule font font-family font-size "
    "font-style font-weight opacity stop-color stop-opacity stroke stroke-dasharray "
    "stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity "
    "stroke-width text-anchor visibility"
)
PICTURE_STYLES = frozenset(_PICTURE_STYLES.split())
"""Properties of a drawing's parts that stay."""

_TEXT_STYLES = (
    "background-color background-image color font-style font-weight text-align text-decoration"
)
TEXT_STYLES = frozenset(_TEXT_STYLES.split())
"""Properties of a table's cells that may carry meaning."""

_CLASSES = {
    *("codehilite", "dataframe", "footnote", "footnote-ref", "footnotes", "highlight", "nb"),
    prose.UNREADABLE,
}
_GONE = (
    "script style template noscript iframe audio video object embed canvas select textarea button "
    "noframes noembed xmp plaintext annotation annotation-xml"
)
_ELSEWHERE = re.compile(r"url\(\s*(?!\s|['\"]?#)", re.IGNORECASE)
_FILE = re.compile(
    r"data:(?:text/(?:csv|plain)|image/(?:png|jpeg|gif)"
    r"|application/(?:json|zip|pdf|octet-stream|vnd\.[\w.-]+))[;,]",
    re.IGNORECASE,
)


def sanitise(html: str) -> str:
    """Return HTML whose elements and attributes are all known, and which runs and loads nothing.

    Comments, scripts, styles, frames and films go with their content; an element that isn't known
    leaves its content. Links lead by http, ftp, mail and telephone; data only to files that
    no browser opens as a page.

    Parameters
    ----------
    html : str
        HTML of a notebook's text or output.
    """
    return str(_cleaner().clean(whole(html)))


@cache
def _cleaner() -> nh3.Cleaner:
    """Return the sanitiser with the lists of this module."""
    return nh3.Cleaner(
        tags={*_TAGS.split(), *_MATH.split(), *_SVG.split()},
        clean_content_tags=set(_GONE.split()),
        attributes={tag: set(names.split()) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_filtered,
        filter_style_properties={*PICTURE_STYLES, *TEXT_STYLES, "background"},
        url_schemes={"http", "https", "ftp", "ftps", "mailto", "tel", "data"},
        link_rel=None,
    )


def _filtered(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value; None takes away what would load or open as a page."""
    if name in {"href", "xlink:href"} and tag != "a":
        return value if value.startswith(("#", "data:image/")) else None
    if name == "href" and value.lstrip().lower().startswith("data:"):
        return value if _FILE.match(value) else None
    if (tag in PICTURE or name == "style") and _ELSEWHERE.search(value):
        return None
    return value


def drop_classes(soup: bs4.BeautifulSoup) -> None:
    """Take the classes of HTML from elsewhere, which mean other things in a page's own style."""
    for tag in soup.find_all(class_=True):
        kept = [n for n in tag["class"] if n in _CLASSES or n.startswith("language-")]
        if kept:
            tag["class"] = " ".join(kept)
        else:
            del tag["class"]
