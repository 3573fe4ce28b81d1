"""The parameters of a study as a class: name, type, default, meaning and rule of each, once."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Annotated, Any, Self, get_args, get_origin, get_type_hints

from notebook_reports.errors import ParameterError
from notebook_reports.evidence.words import listed
from notebook_reports.parameters import tables
from notebook_reports.parameters.declared import Parameter, declare


class _Help:
    """A docstring with the parameters, their rules and defaults below it: what ``?`` shows."""

    def __init__(self, text: str) -> None:
        self.text = inspect.cleandoc(text)

    def __get__(self, _: object, cls: type[Settings]) -> str:
        try:
            declared = cls.declared()
        except TypeError:  # a class in the making, or none that can be made
            return self.text
        lines = (
            f"{p.name} : {p.annotation}, default {p.default!r}\n    {p.comment}"
            + (f" ({p.rule_text})." if p.rules else ".")
            for p in declared
        )
        return "\n".join([self.text, "", "Parameters", "----------", *lines])


class _Signature:
    """A signature without the words of each parameter, which the docstring has."""

    def __get__(self, _: object, cls: type[Settings]) -> inspect.Signature:
        fields = {field.name: field for field in dataclasses.fields(cls)}
        return inspect.Signature(
            [
                inspect.Parameter(
                    p.name,
                    inspect.Parameter.KEYWORD_ONLY
                    if fields[p.name].kw_only
                    else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                    default=p.default,
                    annotation=p.annotation,
                )
                for p in cls.declared()
            ]
        )


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of a study's settings: every field is checked by its rule when one is made.

    A field is written as ``name: Annotated[type, "What it is", "rule"] = default``, in the
    words and with the rules of a notebook's parameters cell; the rule may be left out.

    Raises
    ------
    ParameterError
        A value has another type or breaks a rule.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Beds(Settings):
    ...     year: Annotated[int, "Year of the count", "at least 2010"] = 2018
    >>> Beds(2009)
    Traceback (most recent call last):
    notebook_reports.errors.ParameterError: parameter 'year' must be at least 2010 (got 2009)
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # What a class has of its own, dataclass leaves as it is.
        cls.__repr__ = cls.__repr__  # type: ignore[method-assign]
        cls.__doc__ = _Help(cls.__doc__ or Settings.__doc__ or "")  # type: ignore[assignment]

    __signature__ = _Signature()

    def __repr__(self) -> str:
        changed = (p for p in self.declared() if getattr(self, p.name) != p.default)
        given = (f"{p.name}={getattr(self, p.name)!r}" for p in changed)
        return f"{type(self).__name__}({', '.join(given)})"

    def __post_init__(self) -> None:
        for parameter in self.declared():
            value = parameter.check(getattr(self, parameter.name), tables.values)
            object.__setattr__(self, parameter.name, value)
        self.check()

    def check(self) -> None:
        """Refuse what no single rule can see, such as dates in the wrong order.

        Raises
        ------
        ParameterError
            Naming the parameter and the rule.
        """

    @classmethod
    def declared(cls) -> tuple[Parameter, ...]:
        """Return the parameters as a notebook's cell would declare them, in order.

        Raises
        ------
        TypeError
            The class is no dataclass, or one of its fields is no parameter.
        """
        hints = get_type_hints(cls, include_extras=True)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name, hint in hints.items():
            if name not in fields and get_origin(hint) is Annotated:
                # What a notebook sets would be passed over.
                raise TypeError(f"{cls.__name__} must be a dataclass for {name} to be its field")
        found = []
        for field in fields.values():
            hint = hints[field.name]
            if get_origin(hint) is not Annotated:
                raise TypeError(f"{cls.__name__}.{field.name} must be Annotated[type, meaning]")
            type_, meaning, *rule = get_args(hint)
            default = field.default
            if field.default_factory is not dataclasses.MISSING:
                default = field.default_factory()
            plain = isinstance(type_, type) and not get_args(type_)
            written = type_.__name__ if plain else str(type_)
            if default is dataclasses.MISSING:
                raise TypeError(f"{cls.__name__}.{field.name} must have a default")
            try:
                found.append(declare(field.name, written, default, meaning, *rule))
            except ValueError as error:
                raise TypeError(f"{cls.__name__} {error}") from None
        return tuple(found)

    @classmethod
    def read(cls, names: Mapping[str, Any]) -> Self:
        """Make settings of the variables of a notebook.

        Parameters
        ----------
        names : mapping of str to object
            Variables by name; those that are no parameter are passed over.

        Raises
        ------
        ParameterError
            A parameter is missing, has another type or breaks a rule.
        """
        wanted = [parameter.name for parameter in cls.declared()]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ParameterError(
                missing[0],
                f"is not set: run the cell that sets {listed(wanted)}, then this one",
            )
        return cls(**{name: names[name] for name in wanted})

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name, in order."""
        return {p.name: getattr(self, p.name) for p in self.declared()}
