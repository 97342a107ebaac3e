"""Asks DuckDB what `benches/numbers` asks Deskbell, on the same columns.

Reads from stdin {"database": SQLITE FILE, "runs": N, "questions": [[SQL, ...], ...]}; writes for each question
{"ms": [each run], "rows": [the rows of each statement]} as one JSON list. The table `plain` of the SQLite file is
copied once into a DuckDB file beside it.
"""

import csv
import json
import os
import sqlite3
import sys
import tempfile
import time

import duckdb


def copy(source: str, target: str) -> None:
    tables = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    columns = tables.execute("PRAGMA table_info(plain)").fetchall()
    kinds = {"INTEGER": "BIGINT", "TEXT": "VARCHAR", "REAL": "DOUBLE"}
    names = [(name, kinds[kind]) for _, name, kind, *_ in columns]
    with tempfile.NamedTemporaryFile("w", newline="", suffix=".csv", dir=os.path.dirname(target)) as out:
        csv.writer(out).writerows(tables.execute("SELECT * FROM plain ORDER BY created_at"))
        out.flush()
        made = duckdb.connect(target + ".new")
        made.execute("CREATE TABLE plain (" + ", ".join(f"{name} {kind}" for name, kind in names) + ")")
        made.execute(f"COPY plain FROM '{out.name}' (HEADER false)")
        made.close()
    os.rename(target + ".new", target)


def main() -> None:
    asked = json.load(sys.stdin)
    target = os.path.splitext(asked["database"])[0] + ".duckdb"
    if not os.path.exists(target):
        copy(asked["database"], target)
    peer = duckdb.connect(target, read_only=True)
    answers = []
    for statements in asked["questions"]:
        times, rows = [], []
        # The first run is not counted: it reads from disk.
        for _ in range(asked["runs"] + 1):
            began = time.perf_counter()
            rows = [peer.execute(sql).fetchall() for sql in statements]
            times.append((time.perf_counter() - began) * 1000)
        answers.append({"ms": times[1:], "rows": rows})
    json.dump(answers, sys.stdout, default=float)


main()
