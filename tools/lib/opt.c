/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing. A table of our own instead of getopt: one list has to give parser, help, manual page and
 * completion, and errors must name the word that was wrong.
 */
#include "tools/lib/opt.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

const struct pail_opt pail_common_options[] = {
    {PAIL_OPT_HEADING, 0, "Common options", NULL, NULL, 0, NULL},
    {PAIL_OPT_STRING, 0, "endpoint-url", "URL",
     "Send requests there instead of to AWS (AWS_ENDPOINT_URL)",
     offsetof(struct pail_common, endpoint_url), NULL},
    {PAIL_OPT_STRING, 0, "region", "REGION", "Region (AWS_REGION, AWS_DEFAULT_REGION)",
     offsetof(struct pail_common, region), NULL},
    {PAIL_OPT_STRING, 0, "profile", "NAME", "Profile of the configuration files (AWS_PROFILE)",
     offsetof(struct pail_common, profile), NULL},
    {PAIL_OPT_FLAG, 0, "no-sign-request", NULL,
     "Do not look for credentials, send anonymous requests",
     offsetof(struct pail_common, no_sign_request), NULL},
    {PAIL_OPT_STRING, 0, "ca-bundle", "FILE", "Certificate authorities to trust (AWS_CA_BUNDLE)",
     offsetof(struct pail_common, ca_bundle), NULL},
    {PAIL_OPT_FLAG, 0, "no-verify-ssl", NULL, "Accept any certificate: dangerous, for tests only",
     offsetof(struct pail_common, no_verify_ssl), NULL},
    {PAIL_OPT_STRING, 0, "addressing-style", "STYLE",
     "auto, path or virtual: where the bucket goes in the URL",
     offsetof(struct pail_common, addressing), NULL},
    {PAIL_OPT_SECONDS, 0, "cli-connect-timeout", "SECONDS", "How long to wait for a connection",
     offsetof(struct pail_common, connect_timeout_ns), NULL},
    {PAIL_OPT_SECONDS, 0, "cli-read-timeout", "SECONDS", "How long a connection may be silent",
     offsetof(struct pail_common, read_timeout_ns), NULL},
    {PAIL_OPT_FLAG, 'q', "quiet", NULL, "No messages but errors",
     offsetof(struct pail_common, quiet), NULL},
    {PAIL_OPT_FLAG, 0, "debug", NULL, "Log what happens, without secrets, on standard error",
     offsetof(struct pail_common, debug), NULL},
    {PAIL_OPT_FLAG, 'h', "help", NULL, "Show this help", offsetof(struct pail_common, help), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

bool pail_opt_size(struct pail_str s, uint64_t *ret)
{
    static const char units[] = "KMGTP";
    unsigned shift = 0;
    if (s.len && (pail_str_ends(s, PAIL_STR("iB")) || pail_str_ends(s, PAIL_STR("ib"))))
        s.len -= 2;
    else if (s.len > 1 && (s.ptr[s.len - 1] == 'B' || s.ptr[s.len - 1] == 'b'))
        s.len--;
    if (s.len) {
        char c = s.ptr[s.len - 1];
        const char *u = strchr(units, c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        if (c && u) {
            shift = 10 * (unsigned)(u - units + 1);
            s.len--;
        }
    }
    uint64_t v;
    if (!pail_str_to_u64(s, &v) || v > UINT64_MAX >> shift)
        return false;
    *ret = v << shift;
    return true;
}

bool pail_opt_duration(struct pail_str s, int64_t *ret_ns)
{
    int64_t unit = PAIL_NS_PER_S;
    if (pail_str_ends(s, PAIL_STR("ms"))) {
        unit = PAIL_NS_PER_MS;
        s.len -= 2;
    } else if (s.len) {
        static const struct {
            char letter;
            int64_t seconds;
        } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
        for (size_t i = 0; i < PAIL_ARRAY_LEN(units); i++)
            if (s.ptr[s.len - 1] == units[i].letter) {
                unit = units[i].seconds * PAIL_NS_PER_S;
                s.len--;
                break;
            }
    }
    size_t dot = pail_str_find(s, '.');
    struct pail_str whole = dot == SIZE_MAX ? s : pail_str_sub(s, 0, dot);
    struct pail_str fraction = dot == SIZE_MAX ? pail_strn(NULL, 0) : pail_str_from(s, dot + 1);
    uint64_t w = 0, f = 0, scale = 1;
    if ((whole.len || !fraction.len) && !pail_str_to_u64(whole, &w))
        return false;
    /* Six digits: every unit can be divided by them. */
    if (fraction.len > 6 || (fraction.len && !pail_str_to_u64(fraction, &f)))
        return false;
    for (size_t i = 0; i < fraction.len; i++)
        scale *= 10;
    if (w > (uint64_t)(INT64_MAX / unit) - 1)
        return false;
    *ret_ns = (int64_t)w * unit + (int64_t)f * (unit / (int64_t)scale);
    return true;
}

static bool parse_octal(const char *z, uint32_t *ret)
{
    uint32_t v = 0;
    if (!*z)
        return false;
    for (; *z; z++) {
        if (*z < '0' || *z > '7' || v > 07777)
            return false;
        v = v * 8 + (uint32_t)(*z - '0');
    }
    *ret = v;
    return v <= 07777;
}

/* The caller puts the option in front, as it was written. */
static int bad_value(const char *value, const char *wanted, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "\"%s\" is not %s", value, wanted);
}

static int store_choice(const struct pail_opt *o, int *field, const char *value,
                        struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(256);
    for (int i = 0; o->choices[i]; i++) {
        if (strcmp(o->choices[i], value) == 0) {
            *field = i;
            return 0;
        }
        pail_buf_fmt(&all, "%s%s", i ? ", " : "one of ", o->choices[i]);
    }
    return bad_value(value, pail_buf_cstr(&all), err);
}

static int store_word(const struct pail_opt *o, struct pail_opt_words *w, const char *value,
                      struct pail_error *err)
{
    if (w->n == PAIL_OPT_WORDS)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "given more than %d times",
                              PAIL_OPT_WORDS);
    w->words[w->n].option = o;
    w->words[w->n++].value = value;
    return 0;
}

static int store(const struct pail_opt *o, void *options, const char *value, struct pail_error *err)
{
    char *field = (char *)options + o->offset;
    struct pail_str v = pail_str(value);
    switch (o->kind) {
    case PAIL_OPT_FLAG:
        *(bool *)(void *)field = true;
        return 0;
    case PAIL_OPT_STRING:
        *(const char **)(void *)field = value;
        return 0;
    case PAIL_OPT_U64:
        return pail_str_to_u64(v, (uint64_t *)(void *)field) ? 0
                                                             : bad_value(value, "a number", err);
    case PAIL_OPT_SIZE:
        return pail_opt_size(v, (uint64_t *)(void *)field)
                   ? 0
                   : bad_value(value, "a size like 512M", err);
    case PAIL_OPT_SECONDS:
        return pail_opt_duration(v, (int64_t *)(void *)field)
                   ? 0
                   : bad_value(value, "a time like 60, 1.5s or 10m", err);
    case PAIL_OPT_OCTAL:
        return parse_octal(value, (uint32_t *)(void *)field)
                   ? 0
                   : bad_value(value, "an octal mode like 022", err);
    case PAIL_OPT_CHOICE:
        return store_choice(o, (int *)(void *)field, value, err);
    case PAIL_OPT_EACH:
    case PAIL_OPT_PAIRS:
        return store_word(o, (struct pail_opt_words *)(void *)field, value, err);
    case PAIL_OPT_MAYBE:
        *(const char **)(void *)field = value;
        return 0;
    case PAIL_OPT_END:
    case PAIL_OPT_HEADING:
        break;
    }
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INTERNAL, "%s: no such kind of option",
                          o->name);
}

static const struct pail_opt *find(const struct pail_opt *table, struct pail_str name, char letter)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++) {
        if (o->kind == PAIL_OPT_HEADING)
            continue;
        if (letter ? o->letter == letter : pail_str_eqz(name, o->name))
            return o;
    }
    return NULL;
}

static const struct pail_opt *find_any(const struct pail_command *c, struct pail_str name,
                                       char letter)
{
    const struct pail_opt *o = find(c->options, name, letter);
    if (!o)
        o = find(pail_common_options, name, letter);
    return o || letter ? o : find(c->mount_options, name, 0);
}

int pail_opt_parse_list(const struct pail_opt *table, void *options, const char *list,
                        struct pail_buf *rest, struct pail_error *err)
{
    struct pail_str left = pail_str(list), word;
    while (pail_str_split(&left, ',', &word)) {
        /* mount(8): words for programs other than the mount helper */
        if (!word.len || pail_str_starts(word, PAIL_STR("x-")) ||
            pail_str_starts(word, PAIL_STR("X-")) || pail_str_starts(word, PAIL_STR("comment=")))
            continue;
        size_t eq = pail_str_find(word, '=');
        struct pail_str name = eq == SIZE_MAX ? word : pail_str_sub(word, 0, eq);
        const struct pail_opt *o = find(table, name, 0);
        if (!o) {
            if (!rest)
                return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                      "-o %.*s: unknown mount option", PAIL_STR_ARG(name));
            pail_buf_fmt(rest, "%s%.*s", rest->len ? "," : "", PAIL_STR_ARG(word));
            continue;
        }
        if (o->kind == PAIL_OPT_FLAG) {
            if (eq != SIZE_MAX)
                return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-o %s takes no value",
                                      o->name);
            store(o, options, "", err);
            continue;
        }
        if (eq == SIZE_MAX || eq + 1 == word.len)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-o %s needs a value",
                                  o->name);
        /* The value is cut out of the list in place: argv is ours to write. */
        char *value = (char *)(uintptr_t)word.ptr + eq + 1;
        if (left.ptr)
            ((char *)(uintptr_t)word.ptr)[word.len] = '\0';
        int rc = store(o, options, value, err);
        if (rc)
            return pail_error_prefix(err, "-o %s", o->name);
    }
    return 0;
}

struct parse {
    const struct pail_command *command;
    void *options;
    int argc, at;
    char **argv;
};

static const char *next_value(struct parse *p)
{
    return p->at + 1 < p->argc ? p->argv[++p->at] : NULL;
}

static int parse_mount_list(struct parse *p, const char *attached, struct pail_error *err)
{
    const char *list = attached && *attached ? attached : next_value(p);
    if (!p->command->mount_options)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-o: unknown option");
    if (!list)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-o needs a list of options");
    return pail_opt_parse_list(p->command->mount_options, p->options, list, NULL, err);
}

static const char *maybe_value(struct parse *p, const struct pail_opt *o)
{
    for (size_t i = 0; o->choices[i] && p->at + 1 < p->argc; i++)
        if (strcmp(o->choices[i], p->argv[p->at + 1]) == 0)
            return next_value(p);
    return o->choices[0];
}

static bool is_pair(const struct parse *p)
{
    const char *word = p->at + 1 < p->argc ? p->argv[p->at + 1] : "-";
    return word[0] != '-' && strchr(word, '=');
}

static int parse_long(struct parse *p, const char *word, struct pail_error *err)
{
    struct pail_str name = pail_str(word + 2);
    size_t eq = pail_str_find(name, '=');
    const char *value = eq == SIZE_MAX ? NULL : name.ptr + eq + 1;
    if (eq != SIZE_MAX)
        name.len = eq;
    const struct pail_opt *o = find_any(p->command, name, 0);
    if (!o)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "--%.*s: unknown option",
                              PAIL_STR_ARG(name));
    if (o->kind == PAIL_OPT_FLAG) {
        if (value)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "--%s takes no value",
                                  o->name);
        return store(o, p->options, "", err);
    }
    if (!value && o->kind == PAIL_OPT_MAYBE)
        value = maybe_value(p, o);
    if (!value && !(value = next_value(p)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "--%s needs a value", o->name);
    int rc = store(o, p->options, value, err);
    while (!rc && o->kind == PAIL_OPT_PAIRS && is_pair(p))
        rc = store(o, p->options, next_value(p), err);
    return rc ? pail_error_prefix(err, "--%s", o->name) : 0;
}

static int parse_letters(struct parse *p, const char *word, struct pail_error *err)
{
    for (const char *c = word + 1; *c; c++) {
        if (*c == 'o')
            return parse_mount_list(p, c + 1, err);
        const struct pail_opt *o = find_any(p->command, pail_strn(NULL, 0), *c);
        if (!o)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-%c: unknown option", *c);
        if (o->kind == PAIL_OPT_FLAG) {
            store(o, p->options, "", err);
            continue;
        }
        const char *value = c[1] ? c + 1 : next_value(p);
        if (!value)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "-%c needs a value", *c);
        int rc = store(o, p->options, value, err);
        return rc ? pail_error_prefix(err, "-%c", *c) : 0;
    }
    return 0;
}

int pail_opt_parse(const struct pail_command *c, void *options, int argc, char **argv,
                   int *ret_argc, struct pail_error *err)
{
    struct parse p = {.command = c, .options = options, .argc = argc, .argv = argv, .at = 1};
    int n = 1;
    bool ended = false;
    for (; p.at < argc; p.at++) {
        char *word = argv[p.at];
        int rc = 0;
        if (ended || word[0] != '-' || !word[1])
            argv[n++] = word; /* "-" is an operand: standard input or output */
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (word[1] == '-')
            rc = parse_long(&p, word, err);
        else
            rc = parse_letters(&p, word, err);
        if (rc)
            return rc;
    }
    *ret_argc = n;
    return 0;
}
