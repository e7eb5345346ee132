"""The SELECT for each legacy table, from the columns that are there; pure.

What Python cannot hold never leaves the server: dates out of range are null and named in
`bad_dates`, a JSON value of more than 256 KB is left out and named in `too_large`.
"""

from deploy.legacy_import.schema import ITEMS, ITEMS_ALL, ITEMS_AUTO, KNOWN, Kind, Schema

LARGEST_VALUE = 1 << 18  # bytes of JSON, as text
LARGEST_JSON = 1 << 20
_PARTITIONS = {ITEMS: "items", ITEMS_AUTO: "auto"}
_IN_RANGE = "BETWEEN '1970-01-01' AND '9999-12-30'"
_CASTS = {
    Kind.INT: "bigint",
    Kind.UUID: "uuid",
    Kind.TEXT: "text",
    Kind.JSON: "text",
    Kind.TIME: "timestamp",
    Kind.BOOL: "boolean",
    Kind.FLOAT: "float8",
}


def relation_of(schema: Schema, table: str) -> str:
    if schema.is_partitioned and table in _PARTITIONS:
        partition = f"source_type = '{_PARTITIONS[table]}'"
        return f"(SELECT * FROM {ITEMS_ALL} WHERE {partition}) AS {table}"  # noqa: S608
    return f'"{table}"'


def columns_of(schema: Schema, table: str) -> dict[str, str]:
    """Of those that are there, PostgreSQL's name of the type."""
    return dict(
        schema.found[ITEMS_ALL if schema.is_partitioned and table in _PARTITIONS else table]
    )


def select_whole(schema: Schema, table: str) -> str:
    """Every known column; null for one that is not there."""
    present = columns_of(schema, table)
    parts, bad_dates, too_large = [], [], []
    for name, kind in KNOWN[table].items():
        if name not in present:
            parts.append(f"NULL::{_CASTS[kind]} AS {name}")
            continue
        parts.append(f"{_expression(name, kind, present[name])} AS {name}")
        if kind == Kind.TIME:
            bad_dates.append(f"CASE WHEN {name} NOT {_IN_RANGE} THEN '{name}' END")
        if kind == Kind.JSON:
            too_large.append(_left_out(name, present[name]))
    parts.append(f"array_remove(ARRAY[{', '.join(bad_dates)}]::text[], NULL) AS bad_dates")
    parts.append(f"{' || '.join(too_large) or 'ARRAY[]::text[]'} AS too_large")
    return f"SELECT {', '.join(parts)} FROM {relation_of(schema, table)}"  # noqa: S608


def json_fields(schema: Schema, table: str, column: str, *names: str) -> str:
    """At least these fields of a JSON column, as text of JSON; null where it is too long."""
    type_name = columns_of(schema, table).get(column)
    if type_name is None:
        return "NULL::text"
    found = f"{column}::text"
    if type_name == "jsonb":
        listed = ", ".join(f"'{name}', {column} -> '{name}'" for name in names)
        found = f"jsonb_build_object({listed})::text"
    return f"CASE WHEN octet_length({found}) <= {LARGEST_VALUE} THEN {found} END"


def moment(schema: Schema, table: str, column: str) -> str:
    if column not in columns_of(schema, table):
        return "NULL::timestamp"
    return _expression(column, Kind.TIME, "")


def present(schema: Schema, table: str, column: str) -> str:
    if column in columns_of(schema, table):
        return f"{column}::{_CASTS[KNOWN[table][column]]}"
    return f"NULL::{_CASTS[KNOWN[table][column]]}"


def _expression(name: str, kind: Kind, type_name: str) -> str:
    if kind == Kind.TIME:
        return f"CASE WHEN {name} {_IN_RANGE} THEN {name} END"
    if kind == Kind.JSON:
        return _bounded(name, type_name)
    return f"{name}::{_CASTS[kind]}"


def _bounded(name: str, type_name: str) -> str:
    return f"""CASE
        WHEN octet_length({name}::text) <= {LARGEST_VALUE} THEN {name}::text
        WHEN {_can_be_opened(name, type_name)} THEN (
            SELECT CASE WHEN sum(octet_length(value::text)) <= {LARGEST_JSON}
                THEN {type_name}_object_agg(key, value)::text END
            FROM {type_name}_each({name}) WHERE octet_length(value::text) <= {LARGEST_VALUE})
        END"""  # noqa: S608


def _left_out(name: str, type_name: str) -> str:
    """Names, each with its size."""
    said = "left(key, 80) || ' (' || octet_length(value::text) || ' bytes)'"
    return f"""CASE
        WHEN coalesce(octet_length({name}::text), 0) <= {LARGEST_VALUE} THEN ARRAY[]::text[]
        WHEN {_can_be_opened(name, type_name)} THEN (
            SELECT coalesce(array_agg('{name}.' || {said}), ARRAY['{name}'])
            FROM {type_name}_each({name}) WHERE octet_length(value::text) > {LARGEST_VALUE})
        ELSE ARRAY['{name} (' || octet_length({name}::text) || ' bytes)'] END"""  # noqa: S608


def _can_be_opened(name: str, type_name: str) -> str:
    r"""An object; PostgreSQL opens no `json` that says \u0000 somewhere."""
    is_object = f"{type_name}_typeof({name}) = 'object'"
    return is_object if type_name == "jsonb" else f"{is_object} AND {name}::text NOT LIKE '%\\u%'"
