/* SPDX-License-Identifier: Apache-2.0 */
/* How long the transport waits for servers that say nothing. */
#include "http/transport.h"

#include "tcp_server.h"

static struct pail_transport *one_loop(void)
{
    return transport_new((struct pail_transport_options){0});
}

static void run(struct xfer *x)
{
    xfer_start(x);
    xfer_wait(x);
}

static void play_silent(struct conn *c)
{
    char head[1024];
    if (conn_head(c, head, sizeof(head)) && strstr(head, "/begin"))
        conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    conn_drain(c);
}

static void test_silence(void **state)
{
    static const struct {
        const char *path;
        unsigned idle_ms;
        int64_t deadline_ms;
        int code;
        const char *text;
    } cases[] = {
        {"/", 30, 0, PAIL_E_READ_TIMEOUT, "no data for 30 ms"},
        {"/begin", 30, 0, PAIL_E_READ_TIMEOUT, "no data for 30 ms"},
        {"/", 0, 30, PAIL_E_DEADLINE, "before the answer"},
        {"/begin", 10000, 500, PAIL_E_DEADLINE, "in the answer"},
        {"/", 10000, -1, PAIL_E_DEADLINE, "deadline passed"},
    };
    struct server *s = server_new(play_silent);
    struct pail_transport *t = one_loop();
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", cases[i].path);
        x.x.idle_timeout_ms = cases[i].idle_ms;
        if (cases[i].deadline_ms)
            x.x.deadline_mono_ns = pail_clock_mono_ns() + cases[i].deadline_ms * PAIL_NS_PER_MS;
        run(&x);
        xfer_assert_failed(&x, cases[i].code, cases[i].deadline_ms >= 0);
        assert_non_null(strstr(x.err.message, cases[i].text));
        xfer_free(&x);
    }
    t->ops->free(t);
    server_free(s);
}

static int read_zeros(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    memset(dst, 0, cap);
    *ret_n = cap;
    return 0;
}

/* Takes the head, and then nothing. */
static void play_stall(struct conn *c)
{
    char head[1024];
    conn_head(c, head, sizeof(head));
    while (!c->server->flag)
        pail_sleep_ns(PAIL_NS_PER_MS);
}

static void test_upload_stalls(void **state)
{
    struct server *s = server_new(play_stall);
    struct pail_transport *t = one_loop();
    struct pail_body body = {.read = read_zeros, .length = 64u << 20};
    struct xfer x;
    xfer_init(&x, t, s->port, "PUT", "/");
    x.x.body = &body;
    x.x.idle_timeout_ms = 40;
    run(&x);
    xfer_assert_failed(&x, PAIL_E_READ_TIMEOUT, true);
    assert_true(x.x.body_sent < body.length);
    xfer_free(&x);
    s->flag = true;
    t->ops->free(t);
    server_free(s);
}

/* That a small body left is noticed soon: silence does not count twice. A busy machine may be late
 * now and then. */
static void test_silence_after_body(void **state)
{
    struct server *s = server_new(play_silent);
    struct pail_transport *t = one_loop();
    struct pail_bytes bytes = {"hello", 5};
    struct pail_body body = {.segments = &bytes, .n_segments = 1, .length = 5};
    int64_t took_ns = PAIL_NEVER;

    for (int i = 0; i < 4 && took_ns > 550 * PAIL_NS_PER_MS; i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "POST", "/");
        x.x.body = &body;
        x.x.idle_timeout_ms = 300;
        took_ns = pail_clock_mono_ns();
        run(&x);
        took_ns = pail_clock_mono_ns() - took_ns;
        xfer_assert_failed(&x, PAIL_E_READ_TIMEOUT, true);
        xfer_free(&x);
    }
    assert_true(took_ns <= 550 * PAIL_NS_PER_MS);
    t->ops->free(t);
    server_free(s);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_silence), cmocka_unit_test(test_upload_stalls),
               cmocka_unit_test(test_silence_after_body))
