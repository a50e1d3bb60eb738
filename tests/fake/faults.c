/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault rules: parsed whole or not at all, then counted down request by request.
 *
 * Every rule counts for itself what it matches, also when an earlier rule strikes; so a script
 * reads as "the 3rd PutObject" whatever else it says. A request that already failed (bad signature)
 * is not counted. The key that a rule matches is the object's; for listings their prefix.
 */
#include "fake/faults.h"

#include "fake/call.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set_fate(struct fake_verdict *v, enum fake_fate fate)
{
    v->action = FAKE_ON_WAY;
    v->fate = fate;
    return true;
}

static bool set_error(struct fake_verdict *v, int status, const char *code)
{
    v->action = FAKE_ERROR;
    v->status = status;
    snprintf(v->code, sizeof(v->code), "%s", code);
    return true;
}

static bool plain_action(struct fake_verdict *v, const char *word)
{
    if (strcmp(word, "reset") == 0)
        return set_fate(v, FAKE_RESET);
    if (strcmp(word, "lost") == 0)
        return set_fate(v, FAKE_LOST);
    if (strcmp(word, "garbage") == 0)
        return set_fate(v, FAKE_GARBAGE);
    if (strcmp(word, "deny") == 0)
        return set_error(v, 403, "AccessDenied");
    if (strcmp(word, "expired") == 0)
        return set_error(v, 400, "ExpiredToken");
    if (strcmp(word, "skew") == 0)
        return set_error(v, 403, "RequestTimeTooSkewed");
    if (strcmp(word, "error200") == 0)
        v->action = FAKE_ERROR200;
    else if (strcmp(word, "flip") == 0)
        v->action = FAKE_FLIP;
    else if (strcmp(word, "late-etag") == 0)
        v->action = FAKE_LATE_ETAG;
    else
        return false;
    return true;
}

/* "name=value" with a value that is a number or a code. */
static bool valued_action(struct fake_verdict *v, const char *name, const char *value)
{
    uint64_t n;
    if (strcmp(name, "code") == 0) {
        if (!*value || strlen(value) >= sizeof(v->code))
            return false;
        strncpy(v->code, value, sizeof(v->code) - 1);
        return true;
    }
    if (!fake_number(value, INT64_MAX, &n))
        return false;
    if (strcmp(name, "status") == 0 && n >= 300 && n <= 599) {
        v->action = FAKE_ERROR;
        v->status = (int)n;
    } else if (strcmp(name, "retry-after") == 0 && n <= 86400) {
        v->retry_after = (int)n;
    } else if (strcmp(name, "cut") == 0) {
        set_fate(v, FAKE_CUT);
        v->cut_at = n;
    } else if (strcmp(name, "stall") == 0) {
        set_fate(v, FAKE_STALL);
        v->stall_ms = (int64_t)n;
    } else {
        return false;
    }
    return true;
}

static bool parse_word(struct fake_rule *r, const char *word, bool *had_action)
{
    const char *eq = strchr(word, '=');
    if (!eq) {
        if (*had_action)
            return false;
        *had_action = true;
        return plain_action(&r->verdict, word);
    }
    char name[16];
    snprintf(name, sizeof(name), "%.*s", (int)(eq - word), word);
    if (strcmp(name, "op") == 0 && !r->op && eq[1])
        r->op = fake_dups(eq + 1);
    else if (strcmp(name, "key") == 0 && !r->key)
        r->key = fake_dups(eq + 1);
    else if (strcmp(name, "nth") == 0)
        return fake_number(eq + 1, UINT64_MAX, &r->nth) && r->nth > 0;
    else if (strcmp(name, "count") == 0)
        return fake_number(eq + 1, UINT64_MAX, &r->count);
    else if (strcmp(name, "code") == 0 || strcmp(name, "retry-after") == 0)
        return valued_action(&r->verdict, name, eq + 1);
    else if (*had_action)
        return false;
    else {
        *had_action = true;
        return valued_action(&r->verdict, name, eq + 1);
    }
    return true;
}

static bool parse_rule(struct fake_rule *r, char *text, char msg[256])
{
    bool had_action = false;
    char *save = NULL;
    *r = (struct fake_rule){.nth = 1, .count = 1, .verdict.retry_after = -1};
    for (char *w = strtok_r(text, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save))
        if (!parse_word(r, w, &had_action)) {
            snprintf(msg, 256, "fault script: cannot use '%.100s'", w);
            return false;
        }
    if (!r->op || !had_action) {
        snprintf(msg, 256, "fault script: a rule needs %s", r->op ? "an action" : "op=GLOB");
        return false;
    }
    if (r->verdict.action != FAKE_ERROR && (r->verdict.code[0] || r->verdict.retry_after >= 0)) {
        snprintf(msg, 256, "fault script: code and retry-after belong to status=");
        return false;
    }
    if (r->verdict.action == FAKE_ERROR && !r->verdict.code[0])
        snprintf(r->verdict.code, sizeof(r->verdict.code), "%s",
                 r->verdict.status >= 500 ? "InternalError" : "InvalidRequest");
    return true;
}

bool fake_rules_parse(struct fake_rules *r, const char *script, char msg[256])
{
    struct fake_rules fresh = {0};
    char *text = fake_dups(script ? script : ""), *save = NULL;
    bool ok = true;
    for (char *line = strtok_r(text, "\n;", &save); ok && line;
         line = strtok_r(NULL, "\n;", &save)) {
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        fresh.v = fake_xrealloc(fresh.v, (fresh.n + 1) * sizeof(*fresh.v));
        ok = parse_rule(&fresh.v[fresh.n++], line, msg);
    }
    free(text);
    if (!ok) {
        fake_rules_done(&fresh);
        return false;
    }
    fake_rules_done(r);
    *r = fresh;
    return true;
}

void fake_rules_clone(struct fake_rules *to, const struct fake_rules *from)
{
    to->n = from->n;
    to->v = fake_xalloc(from->n * sizeof(*to->v));
    for (size_t i = 0; i < from->n; i++) {
        to->v[i] = from->v[i];
        to->v[i].op = fake_dups(from->v[i].op);
        to->v[i].key = fake_dups(from->v[i].key);
    }
}

void fake_rules_done(struct fake_rules *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->v[i].op);
        free(r->v[i].key);
    }
    free(r->v);
    *r = (struct fake_rules){0};
}

struct fake_verdict fake_rules_apply(struct fake_rules *rules, const char *op, const char *key)
{
    struct fake_verdict hit = {.retry_after = -1};
    for (size_t i = 0; i < rules->n; i++) {
        struct fake_rule *r = &rules->v[i];
        if (fnmatch(r->op, op, 0) != 0 || (r->key && fnmatch(r->key, key ? key : "", 0) != 0))
            continue;
        r->seen++;
        bool strikes = r->seen >= r->nth && (r->count == 0 || r->seen - r->nth < r->count);
        if (strikes && hit.action == FAKE_NO_ACTION)
            hit = r->verdict;
    }
    return hit;
}

/* ---- carried out ----------------------------------------------------------------------------- */

static const char *message_of(const char *code)
{
    static const struct {
        const char *code, *message;
    } known[] = {
        {"SlowDown", "Please reduce your request rate."},
        {"InternalError", "We encountered an internal error. Please try again."},
        {"ServiceUnavailable", "Service is unable to handle request."},
        {"AccessDenied", "Access Denied"},
        {"ExpiredToken", "The provided token has expired."},
        {"RequestTimeTooSkewed",
         "The difference between the request time and the current time is too large."},
        {"RequestTimeout", "Your socket connection to the server was not read from or written to "
                           "within the timeout period. Idle connections will be closed."},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(code, known[i].code) == 0)
            return known[i].message;
    return "A fault was asked for.";
}

bool fake_fault_before(struct fake_call *c)
{
    const char *prefix = fake_call_param(c, "prefix");
    c->fault = fake_rules_apply(&c->s->rules, c->op->name, c->key.p ? c->key.p : prefix);
    const struct fake_verdict *v = &c->fault;
    if (v->action == FAKE_ERROR) {
        fake_fail(c, v->status, v->code, "%s", message_of(v->code));
        if (v->retry_after >= 0) {
            char text[16];
            snprintf(text, sizeof(text), "%d", v->retry_after);
            fake_answer(c, "Retry-After", text);
        }
        return false;
    }
    if (v->action == FAKE_ERROR200) {
        fake_fail(c, 200, "InternalError", "%s", message_of("InternalError"));
        return false;
    }
    return v->action != FAKE_ON_WAY || (v->fate != FAKE_RESET && v->fate != FAKE_GARBAGE);
}

/* Another hexadecimal digit instead of the one at p. */
static void change_digit(char *p)
{
    *p = *p == '0' ? '1' : '0';
}

static void change_etags(struct fake_call *c)
{
    for (size_t i = 0; i < c->headers.n; i++)
        if (strcmp(c->headers.v[i].name, "ETag") == 0 && strlen(c->headers.v[i].value) > 2)
            change_digit(c->headers.v[i].value + 1);
    static const char tag[] = "<ETag>&quot;";
    char *at = c->out.p ? strstr(c->out.p, tag) : NULL;
    if (at)
        change_digit(at + sizeof(tag) - 1);
}

void fake_fault_after(struct fake_call *c)
{
    if (c->fault.action == FAKE_LATE_ETAG)
        change_etags(c);
    if (c->fault.action != FAKE_FLIP || fake_call_len(c) == 0)
        return;
    if (c->rope) {
        struct fake_blob *b = fake_blob_new((size_t)c->rope_len);
        if (!b)
            abort();
        fake_rope_copy(c->rope, c->rope_off, b->n, b->p);
        b->p[b->n / 2] ^= 1;
        fake_rope_unref(c->rope);
        c->rope = fake_rope_of(b);
        c->rope_off = 0;
    } else {
        c->out.p[c->out.n / 2] ^= 1;
    }
}
