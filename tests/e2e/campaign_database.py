"""The queue's database, read beside Wattle by other programs: Python's sqlite3, and psql."""

import sqlite3

AT_REST = "('succeeded', 'failed', 'stopped', 'interrupted')"
ACTIVE = f"SELECT COUNT(*) FROM jobs WHERE state NOT IN {AT_REST} OR wish <> ''"


class SqliteJobs:
    def __init__(self, home):
        self.path = home / "wattle.db"

    def query(self, sql):
        """Rows as lists of texts; None while there is no database."""
        try:
            connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)
        except sqlite3.OperationalError:
            return None
        try:
            rows = connection.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return None
            raise
        finally:
            connection.close()
        return [["" if value is None else str(value) for value in row] for row in rows]

    def active(self):
        rows = self.query(ACTIVE)
        return int(rows[0][0]) if rows else 0

    def problems(self):
        rows = self.query("PRAGMA integrity_check")
        return [row[0] for row in rows if row[0] != "ok"]


class PostgresJobs:
    def __init__(self, postgres):
        self.postgres = postgres

    def query(self, sql):
        return self.postgres.query(sql)

    def active(self):
        rows = self.query(ACTIVE)
        return int(rows[0][0]) if rows else 0

    def problems(self):
        """Every row is read, and every index is compared with its table where amcheck is there."""
        created = self.query("CREATE EXTENSION IF NOT EXISTS amcheck")
        checks = "SELECT bt_index_check(c.oid, true) FROM pg_index i JOIN pg_class c"
        checks += " ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
        checks += " WHERE a.amname = 'btree' AND c.relname LIKE 'job%'"
        if created is not None and self.query(checks) is None:
            return ["amcheck finds a damaged index"]
        return []
