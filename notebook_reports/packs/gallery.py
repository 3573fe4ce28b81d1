"""The page that draws every chart type on real data, for review."""

from __future__ import annotations

from dataclasses import replace
from html import escape

from notebook_reports.charts import check, gallery
from notebook_reports.packs import manifest
from notebook_reports.packs.shell import render_page
from notebook_reports.packs.spec import team_imprint
from notebook_reports.report import building, markup, origins, svg


def gallery_html(title: str) -> tuple[str, list[str]]:
    """Draw every example that has been registered.

    Parameters
    ----------
    title : str
        Whose gallery it is, for the top of the page.

    Returns
    -------
    tuple of str and list of str
        The page, and every fault found: chart types without an example, labels that overlap
        or are cut, empty axes, too many series.
    """
    parts: list[str] = []
    contents: list[tuple[str, str]] = []
    faults = [f"{name} has no example" for name in gallery.without_example()]
    for name, make in gallery.examples().items():
        shown = make()
        for form, fig in check.forms(shown.picture).items():
            faults += [f"{name}, {form}: {problem}" for problem in check.problems(fig)]
        key = name.replace(".", "_")
        # Two types may be shown by figures of one key, which a page holds once.
        block = building.figure(replace(shown, key=key))
        svg.draw_into(block, shown.picture)
        block["source"] = [origins.resolve(source) for source in block["source"]]
        contents.append((f"type-{key}", name))
        parts.append(f'<h2 id="type-{key}"><code>{name}</code></h2>{markup.figure(block)}')
    words = "Nothing to mend was found." if not faults else "To mend:"
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
    main = (
        "<h1>Every chart type on real data</h1>"
        f'<p class="lede">{len(parts)} chart types, each with one example. '
        f"{words}</p>{f'<ul>{listed}</ul>' if listed else ''}{''.join(parts)}"
    )
    page = render_page(
        title="Gallery of charts",
        main=main,
        pack_title=title,
        imprint=team_imprint(),
        contents=contents,
        version=manifest.version_now(),
    )
    return page, faults
