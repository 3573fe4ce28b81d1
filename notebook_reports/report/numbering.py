"""What readers call figures and tables: numbers for reading; for linking there are their keys."""

from __future__ import annotations

_CALLED = {"figure": ("fig", "Figure"), "table": ("tab", "Table")}


class Numbers(dict[str, str]):
    """Numbers given in the order of asking, by anchor: "fig-ranks" is "Figure 3"."""

    def of(self, kind: str, key: str) -> str:
        """Return what a figure or table is called, giving it the next number of its kind if new.

        Parameters
        ----------
        kind : str
            "figure" or "table"; nothing else has a number.
        key : str
            The block's key.

        Examples
        --------
        >>> numbers = Numbers()
        >>> [numbers.of("figure", key) for key in ("path", "map", "path")]
        ['Figure 1', 'Figure 2', 'Figure 1']
        """
        start, word = _CALLED[kind]
        given = sum(name.startswith(f"{start}-") for name in self)
        return self.setdefault(f"{start}-{key}", f"{word} {given + 1}")
