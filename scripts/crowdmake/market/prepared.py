"""Queries that Django compiles once.

Django builds a query's SQL anew at every call, which takes several times as long as the
database takes to answer it. What most requests run is therefore compiled at its first use,
by Django's own compilers and so for any database, with places left open for the values. It
then runs on the driver's own cursor, with the database's errors as Django's.
"""

from collections.abc import Callable, Iterable
from contextlib import closing
from operator import attrgetter, methodcaller
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row", bound=Model)
Compiled = TypeVar("Compiled")
Outcome = TypeVar("Outcome")


def _connection() -> Any:
    """Return this thread's connection; the stubs know too little of it."""
    return connections[DEFAULT_DB_ALIAS]


_fetch_one: Callable[[Any], tuple[Any, ...] | None] = methodcaller("fetchone")
_fetch_all: Callable[[Any], list[tuple[Any, ...]]] = methodcaller("fetchall")
_number_changed: Callable[[Any], int] = attrgetter("rowcount")


class Given(Expression):
    """A place for the value called ``name``, stored as ``field`` stores its values."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 - Django's signature
        """Return a placeholder whose parameter is this expression itself."""
        return "%s", (self,)

    def filled(self, values: dict[str, Any], connection: Any) -> Any:
        """Return the one of ``values`` that belongs here, as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


def given(model: type[Model], field: str) -> Given:
    """Return a place for a value of the model's ``field``, called by the field's name."""
    column: Field[Any, Any] = model._meta.get_field(field)  # type: ignore[assignment]  # a column of its own
    return Given(field, column)


class _Statement:
    """SQL whose parameters are values, or places for values."""

    def __init__(self, sql: str, parameters: Iterable[Any]) -> None:
        # Django's backend would put in the driver's placeholders (PEP 249) each time.
        if _connection().Database.paramstyle == "qmark":
            sql = sql.replace("%s", "?").replace("%%", "%")
        self._sql, self._parameters = sql, tuple(parameters)

    def run(self, values: dict[str, Any], read: Callable[[Any], Outcome]) -> Outcome:
        """Return what ``read`` makes of the cursor that ran this on the thread's connection."""
        connection = _connection()
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        parameters = [
            each.filled(values, connection) if isinstance(each, Given) else each
            for each in self._parameters
        ]
        with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
            cursor.execute(self._sql, parameters)
            return read(cursor)


class _PerDatabase(Generic[Compiled]):
    """What was compiled, for each kind of database that threads of this process are bound to."""

    def __init__(self, compile_: Callable[..., Compiled]) -> None:
        self._compile = compile_
        self._known: dict[tuple[object, ...], Compiled] = {}

    def get(self, *details: object) -> Compiled:
        """Return what fits this thread's connection, compiled with ``details``."""
        key = (_connection().vendor, *details)
        if key not in self._known:
            self._known[key] = self._compile(*details)
        return self._known[key]


class Select(Generic[Row]):
    """A query, made by ``build``, for instances with their `select_related`."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]") -> None:
        self._build = build
        self._compiled = _PerDatabase(self._compile)

    def first(self, **values: Any) -> Row | None:
        """Return the first instance found, None when there is none.

        A query that locks looks twice: PostgreSQL leaves out a row which came to belong to
        another joined row while it was waited for
        (postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED).
        """
        statement, read, locks = self._compiled.get(None)
        row = statement.run(values, _fetch_one)
        if row is None and locks:
            row = statement.run(values, _fetch_one)
        return None if row is None else read([row])[0]

    def some(self, most: int, **values: Any) -> list[Row]:
        """Return the instances found, the first ``most`` of them.

        What many of them relate to is one and the same instance.
        """
        statement, read, _ = self._compiled.get(most)
        return read(statement.run(values, _fetch_all))

    def _compile(self, most: int | None) -> "tuple[_Statement, _Reader, bool]":
        query = self._build()[:most].query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        statement = _Statement(*compiler.as_sql())
        return statement, _Reader(compiler), query.select_for_update


class Update(Generic[Row]):
    """An update of the rows of ``build``'s query."""

    def __init__(self, build: "Callable[[], QuerySet[Row]]", **changes: object) -> None:
        self._build = build
        self._changes = changes
        self._compiled = _PerDatabase(self._compile)

    def run(self, **values: Any) -> int:
        """Return how many rows were changed."""
        return self._compiled.get().run(values, _number_changed)

    def _compile(self) -> _Statement:
        query: UpdateQuery = self._build().query.chain(UpdateQuery)  # type: ignore[assignment]  # the stubs miss its argument
        query.add_update_values(self._changes)
        return _Statement(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


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


class _ToInsert(Given):
    """A place for what an instance holds in ``field``."""

    def filled(self, values: dict[str, Any], connection: Any) -> Any:
        """Return the value as the database takes it in a new row."""
        return self.output_field.get_db_prep_save(values[self.name], connection)


class Insert(Generic[Row]):
    """An insertion of one instance of ``model``."""

    def __init__(self, model: type[Row]) -> None:
        self._model = model
        self._compiled = _PerDatabase(self._compile)

    def run(self, instance: Row) -> Row:
        """Return the instance, which then has its key."""
        row = self._compiled.get().run(vars(instance), _fetch_one)
        (instance.pk,) = row or ()
        return instance

    def _compile(self) -> _Statement:
        meta, quote = self._model._meta, _connection().ops.quote_name
        fields = [each for each in meta.concrete_fields if each.attname != "id"]
        columns = ", ".join(quote(str(each.column)) for each in fields)
        places = ", ".join("%s" for _ in fields)
        key = quote(str(meta.pk.column))
        table = quote(meta.db_table)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {key}"  # noqa: S608 - names of our own columns
        return _Statement(sql, [_ToInsert(each.attname, each) for each in fields])


class _Reader:
    """Turns the rows of a compiled query into instances.

    It keeps nothing of the compiling thread's connection, which would stay open with it.
    """

    def __init__(self, compiler: Any) -> None:
        self._expressions = [each[0] for each in compiler.select]
        self._maker = _Maker(compiler.klass_info, self._expressions)
        self._annotations = dict(compiler.annotation_col_map)

    def __call__(self, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Return the instances with their related ones and their annotations."""
        connection = _connection()
        known = vars(connection).setdefault("market_converters", {})
        if self not in known:
            known[self] = self._converters(connection)
        made: _Made = {}
        return [self._instance(_converted(row, known[self], connection), made) for row in rows]

    def _instance(self, cells: list[Any], made: "_Made") -> Any:
        instance = self._maker.make(cells, made)
        for name, position in self._annotations.items():
            setattr(instance, name, cells[position])
        return instance

    def _converters(self, connection: Any) -> "_Converters":
        """Return what the database and the fields do to each cell, where they do anything."""
        steps = (
            connection.ops.get_db_converters(each) + each.get_db_converters(connection)
            for each in self._expressions
        )
        every = zip(self._expressions, steps, strict=True)
        return [(place, each, todo) for place, (each, todo) in enumerate(every) if todo]


_Converters = list[tuple[int, Any, list[Any]]]


def _converted(row: tuple[Any, ...], converters: _Converters, connection: Any) -> list[Any]:
    cells = list(row)
    for position, expression, steps in converters:
        for step in steps:
            cells[position] = step(cells[position], expression, connection)
    return cells


class _Maker:
    """Makes a row's instance of one model, and those it relates to.

    ``info`` is Django's: which of the query's columns are the model's, and how it is set on
    the instance that relates to it.
    """

    def __init__(self, info: dict[str, Any], expressions: list[Any]) -> None:
        own = info["select_fields"]
        self._model = info["model"]
        self._cells = slice(own[0], own[-1] + 1)
        self._names = [each.target.attname for each in expressions[self._cells]]
        self._key = own[0] + self._names.index(self._model._meta.pk.attname)
        self._related = [
            (_Maker(each, expressions), each["local_setter"], each["remote_setter"])
            for each in info.get("related_klass_infos", [])
        ]

    def make(self, cells: list[Any], made: "_Made") -> Any:
        """Return the instance, the same for the same key; None where there is none."""
        key = (self, cells[self._key])
        if key not in made and cells[self._key] is not None:
            made[key] = instance = self._model.from_db(
                DEFAULT_DB_ALIAS, self._names, cells[self._cells]
            )
            for maker, set_on_instance, set_on_related in self._related:
                related = maker.make(cells, made)
                set_on_instance(instance, related)
                if related is not None:
                    set_on_related(related, instance)
        return made.get(key)


_Made = dict[tuple[_Maker, Any], Any]
