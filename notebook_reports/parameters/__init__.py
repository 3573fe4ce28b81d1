"""Parameters of notebooks: their types and rules, written once and checked everywhere alike.

A notebook's cell declares them as text (:mod:`.declared`); a study declares the same ones as a
class (:class:`Settings`). Both are checked by the same rules, in a pack and in JupyterLab.
"""

from notebook_reports.parameters.settings import Settings

__all__ = ["Settings"]
