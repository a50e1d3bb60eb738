/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/schema.c - the tables, with the reason for each index.
 *
 * Names are bytes and compared as bytes: BLOBs. Children refer to their parent by inode number, so
 * moving a directory touches one row. Times are in nanoseconds. What is NULL costs a byte and is
 * the usual case of the column.
 */
#include "meta/schema.h"

const char pail_schema[] =
    /* Counters, written with every commit so that they are never older than the rows. clean: the
     * last life ended by pail_meta_close. trust: rows of an older stamp may have missed changes;
     * what they say was seen is to be seen again. */
    "CREATE TABLE state("
    "  id INTEGER PRIMARY KEY CHECK(id = 1),"
    "  clean INTEGER NOT NULL, next_ino INTEGER NOT NULL, stamp INTEGER NOT NULL,"
    "  trust INTEGER NOT NULL,"
    "  files INTEGER NOT NULL, dirs INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    "  listed INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO state VALUES(1, 1, 2, 0, 0, 0, 1, 0, 0);"

    /* One row a name. WITHOUT ROWID: the table is its own index by (parent, name), so a look-up is
     * one descent and a directory lies together in byte order, as listings come and readers go.
     * ino: NULL for a name known to be absent. attr_etag: NULL when it equals etag, so that it is
     * not stored twice. Attributes are in the row, not in a table of their own: most rows have
     * none, and a listing with attributes stays one scan. */
    "CREATE TABLE nodes("
    "  parent INTEGER NOT NULL, name BLOB NOT NULL,"
    "  ino INTEGER, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, seen INTEGER NOT NULL,"
    "  size INTEGER NOT NULL, mtime INTEGER NOT NULL, etag BLOB NOT NULL, flags INTEGER NOT NULL,"
    "  attr_etag BLOB, attrs BLOB, version_id BLOB, raw BLOB,"
    "  listed INTEGER, listed_stamp INTEGER, moved INTEGER,"
    "  PRIMARY KEY(parent, name)"
    ") STRICT, WITHOUT ROWID;"
    /* From an inode number to its name. Grows at its end, since numbers do. */
    "CREATE UNIQUE INDEX nodes_ino ON nodes(ino) WHERE ino IS NOT NULL;"
    /* From a key component to the other name it is shown under; few rows have one. */
    "CREATE INDEX nodes_raw ON nodes(parent, raw) WHERE raw IS NOT NULL;"
    /* Absent names, for forgetting them. Not by age: then every listing would have to keep the
       index up as it touches rows. */
    "CREATE INDEX nodes_absent ON nodes(parent, name) WHERE ino IS NULL;"
    "INSERT INTO nodes(parent, name, ino, kind, stamp, seen, size, mtime, etag, flags)"
    "  VALUES(0, x'', 1, 2, 0, 0, 0, 0, x'', 0);"

    /* Directories that are gone while rows below them are still there: removed a few at a time. */
    "CREATE TABLE doomed(ino INTEGER PRIMARY KEY) STRICT;"

    "CREATE TABLE uploads("
    "  id INTEGER PRIMARY KEY, upload_id BLOB NOT NULL UNIQUE, bucket BLOB NOT NULL,"
    "  key BLOB NOT NULL"
    ") STRICT;"
    /* AUTOINCREMENT: an id is not used again after its row is removed, so an update that comes late
       meets nothing. */
    "CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, payload BLOB NOT NULL) STRICT;"
    "CREATE TABLE kv(key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;";
