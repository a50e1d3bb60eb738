/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One option's words as a value of its member's type: a file's content first, then shorthand or
 * JSON for what has parts, then numbers and texts.
 */
#include "tools/service/run.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

/* The words of an option: texts, or the one content of a file. */
struct given {
    struct pail_value **v;
    size_t n;
    bool is_list; /* several words, each an element */
    bool is_file;
};

struct unpack {
    struct pail_run *run;
    const struct pail_param *param;
    struct pail_buf why;
};

static int bad(struct unpack *u)
{
    return pail_cli_bad_param(u->run->cli, u->param->name, pail_buf_view(&u->why));
}

static int python_error(struct unpack *u)
{
    return pail_cli_fail(u->run->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&u->why));
}

static bool is_many(enum pail_shape_type t)
{
    return t == PAIL_SHAPE_STRUCTURE || t == PAIL_SHAPE_LIST || t == PAIL_SHAPE_MAP;
}

static bool takes_shorthand(const struct pail_shape *s)
{
    struct pail_shape member;
    if (pail_holds_document(s) || !is_many(s->type))
        return false;
    return s->type != PAIL_SHAPE_LIST || (pail_shape_at(s, 0, &member) && is_many(member.type));
}

static bool is_json_value(const struct pail_shape *s)
{
    return (s->traits & PAIL_TRAIT_JSONVALUE) && s->location == PAIL_LOCATION_HEADER &&
           s->type == PAIL_SHAPE_STRING;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static int from_json(struct unpack *u, struct pail_str text, struct pail_value **ret)
{
    if (!pail_value_from_json(u->run->cli->vs, text, "JSON", ret, NULL))
        return 0;
    pail_buf_z(&u->why, "Invalid JSON: ");
    pail_json_complaint(&u->why, text);
    pail_buf_z(&u->why, "\nJSON received: ");
    pail_buf_str(&u->why, text);
    return bad(u);
}

static char first_letter(struct pail_str s)
{
    s = pail_str_trim(s);
    return s.len ? s.ptr[0] : '\0';
}

/* ---- Scalars --------------------------------------------------------------------------------- */

static int file_of_stream(struct unpack *u, struct pail_str text)
{
    struct pail_file_stat st = {0};
    PAIL_AUTOFREE char *z = pail_strndup(text);
    PAIL_AUTOFREE char *path = z ? pail_config_expand_path(z) : NULL;
    if (!path)
        return pail_cli_nomem(u->run->cli);
    if (strlen(z) != text.len || pail_file_stat(path, &st, NULL) || !st.is_regular) {
        pail_buf_z(&u->why, "Blob values must be a path to a file.");
        return bad(u);
    }
    u->run->body_path = pail_cli_keep(u->run->cli, pail_str(path));
    return u->run->body_path ? 0 : pail_cli_nomem(u->run->cli);
}

static int scalar(struct unpack *u, const struct pail_shape *s, struct pail_value *v,
                  struct pail_value **ret, bool in_list)
{
    struct pail_str text = pail_value_as_str(v);
    struct pail_values *vs = u->run->cli->vs;
    *ret = v;
    if (s->type == PAIL_SHAPE_BLOB && (s->traits & PAIL_TRAIT_STREAMING)) {
        struct pail_bytes b = pail_value_as_blob(v);
        *ret = NULL;
        return file_of_stream(u, text.ptr ? text : pail_strn(b.ptr, b.len));
    }
    if (!text.ptr)
        return 0;
    if (s->type == PAIL_SHAPE_INTEGER || s->type == PAIL_SHAPE_LONG)
        *ret = pail_input_int(vs, text, &u->why);
    else if (s->type == PAIL_SHAPE_FLOAT || s->type == PAIL_SHAPE_DOUBLE)
        *ret = pail_input_real(vs, text, &u->why);
    else if (s->type == PAIL_SHAPE_BOOLEAN)
        *ret = pail_value_bool(vs, text.len && !pail_str_ieq(text, PAIL_STR("false")));
    if (*ret)
        return 0;
    if (!in_list)
        return python_error(u);
    pail_buf_reset(&u->why);
    return PAIL_E_INVALID;
}

/* ---- Values without shorthand ---------------------------------------------------------------- */

static int plain(struct unpack *u, const struct pail_shape *s, struct pail_value *v,
                 struct pail_value **ret, bool in_list);

/* A file that holds no list: each of its characters is an element, as Python has it. */
static int list_of_characters(struct unpack *u, const struct pail_shape *member,
                              struct pail_str text, struct pail_value **ret)
{
    struct pail_values *vs = u->run->cli->vs;
    struct pail_value *list = pail_value_list(vs);
    uint32_t cp;
    for (size_t i = 0, n; i < text.len; i += n) {
        struct pail_value *e = NULL;
        n = pail_utf8_decode(pail_str_from(text, i), &cp);
        n = n ? n : 1;
        int rc = plain(u, member, pail_value_str(vs, pail_str_sub(text, i, n)), &e, true);
        if (rc == PAIL_E_INVALID) {
            pail_buf_str(&u->why, pail_str_sub(text, 0, 1));
            return bad(u);
        }
        if (rc)
            return rc;
        pail_value_append(vs, list, e);
    }
    *ret = list;
    return 0;
}

static int plain_list(struct unpack *u, const struct pail_shape *s, const struct given *g,
                      struct pail_value **ret)
{
    struct pail_shape member;
    struct pail_value *list = pail_value_list(u->run->cli->vs);
    if (g->n == 1 && first_letter(pail_value_as_str(g->v[0])) == '[')
        return from_json(u, pail_value_as_str(g->v[0]), ret);
    if (!pail_shape_at(s, 0, &member))
        return pail_cli_nomem(u->run->cli);
    if (g->is_file && pail_value_as_str(g->v[0]).ptr)
        return list_of_characters(u, &member, pail_value_as_str(g->v[0]), ret);
    for (size_t i = 0; i < g->n; i++) {
        struct pail_value *e = NULL;
        int rc = plain(u, &member, g->v[i], &e, true);
        if (rc == PAIL_E_INVALID) {
            pail_buf_str(&u->why, pail_value_as_str(g->v[0]));
            return bad(u);
        }
        if (rc)
            return rc;
        pail_value_append(u->run->cli->vs, list, e);
    }
    *ret = list;
    return 0;
}

static int plain(struct unpack *u, const struct pail_shape *s, struct pail_value *v,
                 struct pail_value **ret, bool in_list)
{
    struct pail_str text = pail_value_as_str(v);
    if (is_json_value(s) || pail_is_document(s))
        return from_json(u, text, ret);
    if (!is_many(s->type))
        return scalar(u, s, v, ret, in_list);
    if (s->type == PAIL_SHAPE_LIST) {
        struct given g = {.v = &v, .n = 1};
        return plain_list(u, s, &g, ret);
    }
    if (!pail_str_trim(text).len) {
        pail_buf_z(&u->why, "string index out of range");
        return python_error(u);
    }
    if (first_letter(text) == '{')
        return from_json(u, text, ret);
    pail_buf_z(&u->why, "Invalid JSON:\n");
    pail_buf_str(&u->why, text);
    return bad(u);
}

/* ---- Shorthand ------------------------------------------------------------------------------- */

static int fitted(struct unpack *u, struct pail_value *v, const struct pail_shape *s,
                  struct pail_value **ret)
{
    int rc = pail_shorthand_fit(u->run->cli->vs, &v, s, &u->why);
    if (rc)
        return rc == PAIL_E_UNSUPPORTED ? python_error(u) : bad(u);
    *ret = v;
    return 0;
}

static int shorthand(struct unpack *u, const struct pail_shape *s, const struct given *g,
                     struct pail_value **ret)
{
    struct pail_values *vs = u->run->cli->vs;
    struct pail_value *v = NULL, *list = g->is_list ? pail_value_list(vs) : NULL;
    for (size_t i = 0; i < g->n; i++) {
        int rc = pail_shorthand_parse(vs, pail_value_as_str(g->v[i]), &v, &u->why);
        if (rc == PAIL_E_NOMEM)
            return pail_cli_nomem(u->run->cli);
        if (rc) /* of a file inside, the CLI tells without saying where */
            return rc == PAIL_E_INVALID ? python_error(u) : bad(u);
        pail_value_append(vs, list, v);
    }
    if (g->is_file && s->type == PAIL_SHAPE_LIST) { /* no list, and that is refused later */
        *ret = v;
        return 0;
    }
    return fitted(u, list ? list : v, s, ret);
}

/* A structure that is only {"Value": ...} may be given as the value. */
static bool is_only_value(const struct pail_shape *s, struct pail_str text)
{
    struct pail_shape m;
    return s->type == PAIL_SHAPE_STRUCTURE && s->n_members == 1 &&
           pail_shape_member(s, PAIL_STR("Value"), &m) && m.type == PAIL_SHAPE_STRING &&
           pail_str_find(text, '=') == SIZE_MAX;
}

/* Operations of the first years take "--instances i-1 i-2" for [{InstanceId: i-1}, ...]. */
static bool is_old_list(const struct unpack *u, const struct pail_shape *s,
                        struct pail_str *ret_key)
{
    static const char *const cases[][3] = {
        {"firehose", "put-record-batch", "--records"},
        {"workspaces", "reboot-workspaces", "--reboot-workspace-requests"},
        {"workspaces", "rebuild-workspaces", "--rebuild-workspace-requests"},
        {"workspaces", "terminate-workspaces", "--terminate-workspace-requests"},
        {"elb", "remove-tags", "--tags"},
        {"elb", "describe-instance-health", "--instances"},
        {"elb", "deregister-instances-from-load-balancer", "--instances"},
        {"elb", "register-instances-with-load-balancer", "--instances"},
    };
    struct pail_shape member, only;
    if (s->type != PAIL_SHAPE_LIST || !pail_shape_at(s, 0, &member) ||
        member.type != PAIL_SHAPE_STRUCTURE || member.n_members != 1 ||
        !pail_shape_at(&member, 0, &only))
        return false;
    *ret_key = only.member;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        if (strcmp(u->run->service, cases[i][0]) == 0 &&
            strcmp(u->run->command, cases[i][1]) == 0 && strcmp(u->param->name, cases[i][2]) == 0)
            return true;
    return false;
}

static int composed(struct unpack *u, const struct pail_shape *s, const struct given *g,
                    struct pail_value **ret)
{
    struct pail_values *vs = u->run->cli->vs;
    struct pail_str text = g->n ? pail_value_as_str(g->v[0]) : PAIL_STR(""), key;
    char c = first_letter(text);
    if (c == '[' || c == '{' || !takes_shorthand(s))
        return s->type == PAIL_SHAPE_LIST ? plain_list(u, s, g, ret)
                                          : plain(u, s, g->v[0], ret, false);
    if (is_old_list(u, s, &key)) {
        *ret = pail_value_list(vs);
        for (size_t i = 0; i < g->n; i++) {
            struct pail_value *map = pail_value_map(vs);
            pail_value_set(vs, map, key, g->v[i]);
            pail_value_append(vs, *ret, map);
        }
        return 0;
    }
    if (is_only_value(s, text)) {
        *ret = pail_value_map(vs);
        pail_value_set(vs, *ret, PAIL_STR("Value"), g->v[0]);
        return 0;
    }
    return shorthand(u, s, g, ret);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int read_words(struct unpack *u, const struct pail_arg *a, struct given *g)
{
    struct pail_values *vs = u->run->cli->vs;
    for (size_t i = 0; i < g->n; i++) {
        const char *word = g->is_list ? a->values[i] : a->value;
        struct pail_value *content = NULL;
        if (g->n == 1 && !u->param->no_file) {
            int rc = pail_paramfile(vs, word, &content, &u->why);
            if (rc)
                return rc == PAIL_E_NOMEM ? pail_cli_nomem(u->run->cli) : bad(u);
        }
        if (content) {
            g->is_list = false;
            g->is_file = true;
        }
        g->v[i] = content ? content : pail_value_str(vs, pail_str(word));
    }
    return 0;
}

int pail_unpack(struct pail_run *run, const struct pail_param *param, const struct pail_arg *a,
                struct pail_value **ret)
{
    struct unpack u = {.run = run, .param = param, .why = PAIL_BUF_INIT(SIZE_MAX / 4)};
    struct given g = {.n = 1};
    const struct pail_shape *s = &param->shape;
    if (a->take == PAIL_ARG_LIST || a->take == PAIL_ARG_SOME) {
        g.is_list = true;
        g.n = a->n_values;
    }
    g.v = pail_calloc(g.n + 1, sizeof(*g.v));
    if (!g.v)
        return pail_cli_nomem(run->cli);
    int rc = read_words(&u, a, &g);
    if (!rc)
        rc = is_many(s->type) && !is_json_value(s) && !pail_is_document(s)
                 ? composed(&u, s, &g, ret)
                 : plain(&u, s, g.v[0], ret, false);
    pail_free(g.v);
    pail_buf_done(&u.why);
    return rc;
}
