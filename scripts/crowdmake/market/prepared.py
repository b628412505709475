"""Queries that Django compiles once.

Django builds a query's SQL anew at every call, which takes several times as long as the
database takes to answer it. What most requests run is therefore compiled at its first use,
by Django's own compilers and so for any database, with places left open for the values.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)


class Given(Expression):
    """A place for the value called ``name``, stored as ``field`` stores its values."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 - Django's signature
        """Return a placeholder whose parameter is this expression itself."""
        return "%s", (self,)


def given(model: type[Model], field: str) -> Given:
    """Return a place for a value of the model's ``field``, called by the field's name."""
    column: Field[Any, Any] = model._meta.get_field(field)  # type: ignore[assignment]  # a column of its own
    return Given(field, column)


class _Statement:
    """SQL whose parameters are values, or places for values."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self._sql, self._parameters = compiler.as_sql()

    def run(self, values: dict[str, Any]) -> CursorWrapper:
        """Return the cursor that ran the statement on this thread's connection."""
        connection = connections[DEFAULT_DB_ALIAS]
        cursor = connection.cursor()
        cursor.execute(
            self._sql,
            [
                each.output_field.get_db_prep_value(values[each.name], connection)
                if isinstance(each, Given)
                else each
                for each in self._parameters
            ],
        )
        return cursor


class Select(Generic[Row]):
    """A query, made by ``build``, for instances with their `select_related`."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]") -> None:
        self._build = build

    def first(self, **values: Any) -> Row | None:
        """Return the first instance found, None when there is none."""
        statement, read = self._compiled
        with statement.run(values) as cursor:
            row = cursor.fetchone()
        instance: Row | None = None if row is None else read(row)
        return instance

    @cached_property
    def _compiled(self) -> "tuple[_Statement, _Reader]":
        compiler = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        statement = _Statement(compiler)
        return statement, _Reader(compiler)


class Update(Generic[Row]):
    """An update of the rows of ``build``'s query."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]", **changes: object) -> None:
        self._build = build
        self._changes = changes

    def run(self, **values: Any) -> int:
        """Return how many rows were changed."""
        with self._compiled.run(values) as cursor:
            count: int = cursor.rowcount
        return count

    @cached_property
    def _compiled(self) -> _Statement:
        query: UpdateQuery = self._build().query.chain(UpdateQuery)  # type: ignore[assignment]  # the stubs miss its argument
        query.add_update_values(self._changes)
        return _Statement(query.get_compiler(DEFAULT_DB_ALIAS))


class Save(Generic[Row]):
    """An update of the fields ``names`` from an instance, the row of which is locked."""

    def __init__(self, model: type[Row], *names: str) -> None:
        self._names = names
        self._update = Update(
            lambda: model._default_manager.filter(pk=given(model, "id")),
            **{name: given(model, name) for name in names},
        )

    def run(self, instance: Row) -> None:
        """Write the instance's fields."""
        self._update.run(id=instance.pk, **{name: getattr(instance, name) for name in self._names})


class Insert(Generic[Row]):
    """An insertion of one instance of ``model``."""

    def __init__(self, model: type[Row]) -> None:
        self._model = model

    def run(self, instance: Row) -> Row:
        """Return the instance, which then has its key."""
        connection = connections[DEFAULT_DB_ALIAS]
        fields, sql = self._compiled
        values = [
            each.get_db_prep_save(getattr(instance, each.attname), connection) for each in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            instance.pk = cursor.fetchone()[0]
        return instance

    @cached_property
    def _compiled(self) -> tuple[list[Any], str]:
        meta, quote = self._model._meta, connections[DEFAULT_DB_ALIAS].ops.quote_name
        fields = [each for each in meta.concrete_fields if each.attname != "id"]
        columns = ", ".join(quote(str(each.column)) for each in fields)
        places = ", ".join("%s" for _ in fields)
        key = quote(str(meta.pk.column))
        table = quote(meta.db_table)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key}"  # noqa: S608 - names of our own columns
        return fields, sql


class _Reader:
    """Turns a row of a compiled query into an instance.

    It keeps nothing of the compiling thread's connection, which would stay open with it.
    """

    def __init__(self, compiler: Any) -> None:
        info, columns = compiler.klass_info, compiler.select
        self._model = info["model"]
        self._own = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self._expressions = [each[0] for each in columns]
        self._names = [each.target.attname for each in self._expressions[self._own]]
        self._related = get_related_populators(info, columns, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs are for Django 6
        self._annotations = dict(compiler.annotation_col_map)

    def __call__(self, row: tuple[Any, ...]) -> Any:
        """Return the instance with its related ones and its annotations."""
        cells = self._converted(row)
        instance = self._model.from_db(DEFAULT_DB_ALIAS, self._names, cells[self._own])
        for each in self._related:
            each.populate(cells, instance)
        for name, position in self._annotations.items():
            setattr(instance, name, cells[position])
        return instance

    def _converted(self, row: tuple[Any, ...]) -> list[Any]:
        connection, cells = connections[DEFAULT_DB_ALIAS], list(row)
        known = vars(connection).setdefault("market_converters", {})
        if self not in known:
            known[self] = self._converters(connection)
        for position, expression, steps in known[self]:
            for step in steps:
                cells[position] = step(cells[position], expression, connection)
        return cells

    def _converters(self, connection: Any) -> list[tuple[int, Any, list[Any]]]:
        """Return what the database and the fields do to each cell, where they do anything."""
        steps = (
            connection.ops.get_db_converters(each) + each.get_db_converters(connection)
            for each in self._expressions
        )
        every = zip(self._expressions, steps, strict=True)
        return [(place, each, todo) for place, (each, todo) in enumerate(every) if todo]
