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
/* The value that it stands for; what has none here is a text. */
struct pail_value *pail_yaml_plain(struct pail_values *vs, struct pail_str plain);

/* "<<: *other" or "<<: [*one, *two]": those come first, and what the map says itself counts. */
struct pail_value *pail_yaml_merged(struct pail_values *vs, struct pail_value *map);

/* "yes", "Off": booleans of YAML 1.1. */
bool pail_yaml_is_old_bool(struct pail_str plain);

/* What the escape stands for of which all but the backslash is in text at *at; *at is past it then.
 * False: there is none like it. */
bool pail_yaml_unescape(struct pail_str text, size_t *at, struct pail_buf *to);

/* PAIL_E_PARSE: "line 3: ..."; PAIL_E_UNSUPPORTED: it is YAML, but more than is read here. */
PAIL_CHECK int pail_yaml_parse(struct pail_values *vs, struct pail_str text,
                               struct pail_value **ret, struct pail_error *err);

/* What a format on top of YAML adds to it. Any may be NULL. */
struct pail_yaml_dialect {
    /* A plain text that is more than YAML 1.2 says; NULL: it is not. */
    struct pail_value *(*plain)(struct pail_values *vs, struct pail_str text);
    /* A value behind a tag of the dialect's own ("!Ref"); scalars are texts. */
    struct pail_value *(*tagged)(struct pail_values *vs, struct pail_str tag, struct pail_value *v);
    /* A map that is complete; gives it back, or another. */
    struct pail_value *(*map)(struct pail_values *vs, struct pail_value *map);
};
PAIL_CHECK int pail_yaml_parse_as(const struct pail_yaml_dialect *dialect, struct pail_values *vs,
                                  struct pail_str text, struct pail_value **ret,
                                  struct pail_error *err);

/* CloudFormation's templates (yaml_template.c): "!Sub x" becomes {"Fn::Sub": "x"}; YAML 1.1's
 * booleans ("yes") and merged maps ("<<"); dates stay as they are written, as PAIL_VAL_NUMBER. */
extern const struct pail_yaml_dialect pail_yaml_template;
/* A template, which may be JSON too. */
PAIL_CHECK int pail_template_parse(struct pail_values *vs, struct pail_str text,
                                   struct pail_value **ret, struct pail_error *err);

#endif
