/* SPDX-License-Identifier: Apache-2.0 */
/* meta/schema.h - the tables. A database with another version is set aside, never converted: what
 * is in it can be asked for again. */
#ifndef PAIL_META_SCHEMA_H
#define PAIL_META_SCHEMA_H

#define PAIL_SCHEMA_APPLICATION 0x5061696c /* "Pail" */
#define PAIL_SCHEMA_VERSION 1

extern const char pail_schema[];

#endif
