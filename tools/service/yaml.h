/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/yaml.h - reading YAML: what --cli-input-yaml takes.
 *
 * Block and flow collections, plain, quoted, literal (|) and folded (>) scalars, comments,
 * YAML 1.2's types and their tags, anchors and aliases. Several documents and keys that are
 * collections are errors, not guesses. Depth is bounded.
 */
#ifndef PAIL_TOOLS_SERVICE_YAML_H
#define PAIL_TOOLS_SERVICE_YAML_H

#include <pail/value.h>

#include "base/buf.h"

/* What a reader takes a plain text for. */
enum pail_yaml_kind {
    PAIL_YAML_TEXT,
    PAIL_YAML_NULL,
    PAIL_YAML_BOOL,
    PAIL_YAML_INT,
    PAIL_YAML_REAL,
    PAIL_YAML_TIME,
    PAIL_YAML_OTHER, /* "<<", "=" and the like */
};
enum pail_yaml_kind pail_yaml_kind(struct pail_str plain);

/* PAIL_E_PARSE: "line 3: ..."; PAIL_E_UNSUPPORTED: it is YAML, but more than is read here. */
PAIL_CHECK int pail_yaml_parse(struct pail_values *vs, struct pail_str text,
                               struct pail_value **ret, struct pail_error *err);

#endif
