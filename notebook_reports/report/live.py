"""What only a person's front end can show."""

from __future__ import annotations

import base64
import html
from io import BytesIO

from notebook_reports.evidence import Figure


def image(shown: Figure) -> str:
    """Draw a figure as an image with its description, quickly enough for sliders."""
    picture = BytesIO()
    # Solving the layout and squeezing the file would take most of the time of a redraw.
    shown.picture.set_layout_engine("none")
    shown.picture.axes[0].set_position((0.055, 0.12, 0.8, 0.79))
    shown.picture.savefig(picture, format="png", dpi=100, pil_kwargs={"compress_level": 1})
    data = base64.b64encode(picture.getvalue()).decode("ascii")
    said = html.escape(shown.alt)
    return f"<p>{said}</p><img alt='{said}' src='data:image/png;base64,{data}'>"
