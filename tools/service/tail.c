/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "logs tail": a log group's events as lines, from some time on; --follow goes on asking. Events of
 * the last millisecond that was seen may come again and are known by their ids.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define FOLLOW_EVERY_NS (5 * PAIL_NS_PER_S)

struct tail {
    struct pail_cli *cli;
    struct pail_client *client;
    struct pail_value *params;
    const char *format;
    int64_t last_ms;          /* of the newest event */
    struct pail_values *seen; /* ids at last_ms */
    struct pail_value *ids;
    struct pail_error err;
};

/* "10m", "2h", or an instant. */
static bool since_ms(struct pail_str s, int64_t now_ms, int64_t *ret)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    int64_t n, ns;
    for (size_t i = 0; s.len && i < PAIL_ARRAY_LEN(units); i++)
        if (s.ptr[s.len - 1] == units[i].unit &&
            pail_str_to_i64(pail_str_sub(s, 0, s.len - 1), &n) && n >= 0 && n < INT32_MAX) {
            *ret = now_ms - n * units[i].seconds * 1000;
            return true;
        }
    if (pail_str_to_i64(s, &n)) {
        *ret = n * 1000;
        return true;
    }
    if (pail_time_parse_iso(s, &ns, NULL))
        return false;
    *ret = ns / PAIL_NS_PER_MS;
    return true;
}

static void put_time(const struct tail *t, int64_t ms)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    bool brief = strcmp(t->format, "short") == 0;
    struct pail_time at = {.seconds = ms / 1000, .nanos = (uint32_t)(ms % 1000) * 1000000};
    uint32_t nanos = at.nanos;
    at.nanos = 0;
    pail_time_isoformat(&text, at);
    if (brief)
        printf("%.19s", pail_buf_cstr(&text));
    else
        printf("%.19s.%06u+00:00", pail_buf_cstr(&text), nanos / 1000);
}

static void put_message(struct tail *t, struct pail_str message)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 20);
    struct pail_value *v = NULL;
    while (message.len && (message.ptr[message.len - 1] == '\n'))
        message.len--;
    if (strcmp(t->format, "json") == 0 &&
        !pail_value_from_json(t->cli->vs, message, "message", &v, NULL)) {
        pail_value_to_json(&text, v, &(struct pail_json_style){.indent = 4, .ascii = true});
        printf("\n%s\n", pail_buf_cstr(&text));
        return;
    }
    printf(" %.*s\n", PAIL_STR_ARG(message));
}

/* False: it was shown already. */
static bool is_new(struct tail *t, int64_t ms, struct pail_str id)
{
    if (ms > t->last_ms) {
        t->last_ms = ms;
        t->ids = pail_value_map(t->seen);
    } else if (ms == t->last_ms && pail_value_get(t->ids, id)) {
        return false;
    }
    pail_value_set(t->seen, t->ids, id, pail_value_null(t->seen));
    return true;
}

static void put_event(struct tail *t, const struct pail_value *e)
{
    int64_t ms = 0;
    (void)pail_value_as_int(pail_value_get(e, PAIL_STR("timestamp")), &ms);
    if (!is_new(t, ms, pail_value_as_str(pail_value_get(e, PAIL_STR("eventId")))))
        return;
    put_time(t, ms);
    if (strcmp(t->format, "short") != 0)
        printf(" %.*s",
               PAIL_STR_ARG(pail_value_as_str(pail_value_get(e, PAIL_STR("logStreamName")))));
    put_message(t, pail_value_as_str(pail_value_get(e, PAIL_STR("message"))));
}

static int once(struct tail *t)
{
    struct pail_call_args args = {.params = t->params};
    struct pail_pages *pages = NULL;
    int rc = pail_pages_new(t->client, "FilterLogEvents", &args, NULL, &pages, &t->err);
    while (!rc) {
        struct pail_result *page = NULL;
        rc = pail_pages_next(pages, &page, &t->err);
        if (rc || !page)
            break;
        const struct pail_value *events = pail_value_get(pail_result_value(page),
                                                         PAIL_STR("events"));
        for (size_t i = 0; i < pail_value_len(events); i++)
            put_event(t, pail_value_at(events, i));
        pail_result_free(page);
    }
    fflush(stdout);
    pail_pages_free(pages);
    return rc;
}

static void set(struct tail *t, const char *key, struct pail_value *v)
{
    pail_value_set(t->cli->vs, t->params, pail_str(key), v);
}

static int run(struct tail *t, bool follow)
{
    struct pail_session *session = NULL;
    int rc = pail_cli_session(t->cli, &session, &t->err);
    if (!rc)
        rc = pail_client_new(session, "logs", NULL, &t->client, &t->err);
    if (!rc)
        rc = pail_values_new(&t->seen, &t->err);
    if (!rc)
        rc = once(t);
    while (!rc && follow) {
        pail_sleep_ns(FOLLOW_EVERY_NS);
        if (t->last_ms)
            set(t, "startTime", pail_value_int(t->cli->vs, t->last_ms));
        rc = once(t);
    }
    pail_values_free(t->seen);
    pail_client_unref(t->client);
    return rc ? pail_cli_error(t->cli, &t->err) : 0;
}

int pail_logs_tail_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const formats[] = {"detailed", "short", "json", NULL};
    enum { GROUP, SINCE, FOLLOW, FORMAT, PATTERN, NAMES, PREFIX, N };
    struct pail_arg args[N + 1] = {
        [GROUP] = {.name = "group_name", .take = PAIL_ARG_POSITIONAL},
        [SINCE] = {.name = "--since"},
        [FOLLOW] = {.name = "--follow", .take = PAIL_ARG_NONE},
        [FORMAT] = {.name = "--format", .choices = formats},
        [PATTERN] = {.name = "--filter-pattern"},
        [NAMES] = {.name = "--log-stream-names", .take = PAIL_ARG_LIST},
        [PREFIX] = {.name = "--log-stream-name-prefix"},
    };
    struct tail t = {.cli = cli, .params = pail_value_map(cli->vs), .err = PAIL_ERROR_INIT};
    int64_t start;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    t.format = args[FORMAT].value ? args[FORMAT].value : "detailed";
    const char *since = args[SINCE].value ? args[SINCE].value : "10m";
    if (!since_ms(pail_str(since), pail_clock_wall_ns() / PAIL_NS_PER_MS, &start))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Unknown string format: %s", since);
    struct pail_str group = pail_str(args[GROUP].value);
    set(&t, pail_str_starts(group, PAIL_STR("arn:")) ? "logGroupIdentifier" : "logGroupName",
        pail_value_str(cli->vs, group));
    set(&t, "startTime", pail_value_int(cli->vs, start));
    set(&t, "interleaved", pail_value_bool(cli->vs, true));
    if (args[PATTERN].value)
        set(&t, "filterPattern", pail_value_str(cli->vs, pail_str(args[PATTERN].value)));
    if (args[PREFIX].value)
        set(&t, "logStreamNamePrefix", pail_value_str(cli->vs, pail_str(args[PREFIX].value)));
    if (args[NAMES].given)
        set(&t, "logStreamNames", pail_cli_texts(cli, &args[NAMES]));
    return run(&t, args[FOLLOW].given);
}
