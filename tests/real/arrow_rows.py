# SPDX-License-Identifier: MIT
"""Rows as Arrow has them and rows as lake-cat prints them, both brought into
one form that can be compared: what lake-cat(1), Types, says of each type.
Null columns and members are left out, as there."""

import base64
import collections
import datetime
import decimal
import json
import math
import struct

import pyarrow as pa

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)


def as_float32(v):
    return struct.unpack("<f", struct.pack("<f", v))[0]


def real(v, is_single):
    if not math.isfinite(v):
        return "NaN" if math.isnan(v) else "Infinity" if v > 0 else "-Infinity"
    return repr(as_float32(v) if is_single else float(v))


def wanted(v, kind):
    """A value of Arrow's to_pylist."""
    t = pa.types
    if v is None:
        return None
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if t.is_dictionary(kind):
        kind = kind.value_type
    if t.is_struct(kind):
        return {f.name: wanted(v[f.name], f.type) for f in kind
                if v[f.name] is not None}
    if t.is_map(kind):
        pairs = [(wanted(k, kind.key_type), wanted(x, kind.item_type))
                 for k, x in v]
        if t.is_string(kind.key_type) or t.is_large_string(kind.key_type):
            return dict(pairs)
        return [{"key": k} if x is None else {"key": k, "value": x}
                for k, x in pairs]
    if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind):
        return [wanted(x, kind.value_type) for x in v]
    if t.is_floating(kind):
        return real(float(v), not t.is_float64(kind))
    if t.is_decimal(kind):
        return f"{v:f}"
    if t.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        micros = (v.replace(tzinfo=None) - EPOCH) // MICROSECOND
        return f"{micros}{zone}"
    if t.is_date(kind):
        return v.isoformat()
    if t.is_time(kind):
        return (datetime.datetime.combine(EPOCH.date(), v) - EPOCH) // MICROSECOND
    if hasattr(v, "hex") and hasattr(v, "urn"):
        return str(v)
    if isinstance(v, bytes):
        return base64.b64encode(v).decode()
    return v


def printed(v, kind):
    """A value that lake-cat printed, parsed by `parse`."""
    t = pa.types
    if v is None:
        return None
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if t.is_dictionary(kind):
        kind = kind.value_type
    if t.is_struct(kind):
        return {k: printed(x, kind.field(k).type) for k, x in v.items()}
    if t.is_map(kind):
        if isinstance(v, dict):
            return {k: printed(x, kind.item_type) for k, x in v.items()}
        return [{k: printed(x, kind.key_type if k == "key" else kind.item_type)
                 for k, x in pair.items()} for pair in v]
    if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind):
        return [printed(x, kind.value_type) for x in v]
    if t.is_floating(kind):
        return v if isinstance(v, str) else real(
            float(v), not t.is_float64(kind))
    if t.is_decimal(kind) and not isinstance(v, str):
        return f"{v:f}" if isinstance(v, decimal.Decimal) else str(v)
    if t.is_timestamp(kind):
        zone = "Z" if v.endswith("Z") else ""
        micros = (datetime.datetime.fromisoformat(v.rstrip("Z")) -
                  EPOCH) // MICROSECOND
        return f"{micros}{zone}"
    return v


def parse(line):
    """A line with all digits of its numbers."""
    return json.loads(line, parse_float=decimal.Decimal)


def rows_of(table):
    """Rows of an Arrow table in the common form."""
    kinds = [(f.name, f.type) for f in table.schema]
    columns = [[wanted(v, kind) for v in table.column(i).to_pylist()]
               for i, (_, kind) in enumerate(kinds)]
    names = [name for name, _ in kinds]
    if not columns:
        return [{} for _ in range(table.num_rows)]
    return [{n: v for n, v in zip(names, row) if v is not None}
            for row in zip(*columns)]


def rows_printed(lines, schema):
    kinds = {f.name: f.type for f in schema}
    return [{k: printed(v, kinds[k]) for k, v in parse(line).items()}
            for line in lines]


def difference(want, got):
    """None, or a sentence: rows as multisets."""
    text = lambda row: json.dumps(row, sort_keys=True)
    missing = collections.Counter(map(text, want))
    missing.subtract(map(text, got))
    lost = [row for row, n in missing.items() if n > 0]
    extra = [row for row, n in missing.items() if n < 0]
    if not lost and not extra:
        return None
    return (f"{len(want)} rows wanted, {len(got)} printed;"
            f" not printed: {lost[:1]}; not wanted: {extra[:1]}")
