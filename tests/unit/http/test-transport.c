/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl against servers that behave. Those that do not: test-transport-faults.c. */
#include "http/transport.h"

#include "tcp_server.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void play_ok(struct conn *c)
{
    char head[1024];
    while (conn_head(c, head, sizeof(head)))
        conn_say(c, ANSWER);
}

static void test_keep_alive(void **state)
{
    struct server *s = server_new(play_ok);
    struct pail_transport *t = transport_new((struct pail_transport_options){.threads = 2});
    for (int i = 0; i < 20; i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", "/");
        xfer_start(&x);
        xfer_wait(&x);
        xfer_assert_ok(&x, 200, "ok");
        assert_string_equal(x.head, "Content-Length: 2\n");
        assert_true(x.x.request_sent);
        assert_int_equal(x.x.reused, i > 0);
        assert_true(x.x.phase_ns[PAIL_PHASE_DONE] > 0);
        assert_true(x.x.phase_ns[PAIL_PHASE_FIRST_BYTE] <= x.x.phase_ns[PAIL_PHASE_DONE]);
        xfer_free(&x);
    }
    assert_int_equal(s->n_conns, 1); /* both loops are idle: the warm one is taken */
    t->ops->free(t);
    server_free(s);
}

/* Says back what it was asked. */
static void play_echo(struct conn *c)
{
    char head[2048], answer[128];
    while (conn_head(c, head, sizeof(head))) {
        snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                 strlen(head));
        conn_say(c, answer);
        conn_say(c, head);
    }
}

static void expect_request(struct xfer *x, const char *fmt)
{
    char expected[1024];
    snprintf(expected, sizeof(expected), fmt, x->request.port);
    xfer_start(x);
    xfer_wait(x);
    xfer_assert_ok(x, 200, expected);
    xfer_free(x);
}

static void test_wire(void **state)
{
    struct server *s = server_new(play_echo);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.user_agent = "pail/test"});
    struct pail_body empty = {.segments = (const struct pail_bytes[1]){{"", 0}}, .n_segments = 1};
    struct xfer x;

    xfer_init(&x, t, s->port, "GET", "/a/../b//./%2F+~'()!*;:@&=$,");
    pail_request_query(&x.request, PAIL_STR("a b"), PAIL_STR("/?"));
    assert_ok(pail_request_header(&x.request, "x-amz-date", PAIL_STR("now"), NULL), NULL);
    assert_ok(pail_request_header(&x.request, "x-empty", PAIL_STR(""), NULL), NULL);
    assert_ok(pail_request_header(&x.request, "Content-Length", PAIL_STR("0"), NULL), NULL);
    expect_request(&x, "GET /a/../b//./%%2F+~'()!*;:@&=$,?a%%20b=%%2F%%3F HTTP/1.1\r\n"
                       "Host: 127.0.0.1:%u\r\nUser-Agent: pail/test\r\n"
                       "x-amz-date: now\r\nx-empty:\r\n\r\n");

    xfer_init(&x, t, s->port, "PUT", "/k");
    x.x.body = &empty;
    expect_request(&x, "PUT /k HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: pail/test\r\n"
                       "Content-Length: 0\r\n\r\n");
    xfer_init(&x, t, s->port, "POST", "/k");
    expect_request(&x, "POST /k HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: pail/test\r\n"
                       "Content-Length: 0\r\n\r\n");
    xfer_init(&x, t, s->port, "DELETE", "/k");
    assert_ok(pail_request_header(&x.request, "accept", PAIL_STR("text/xml"), NULL), NULL);
    assert_ok(pail_request_header(&x.request, "user-agent", PAIL_STR("other"), NULL), NULL);
    expect_request(&x, "DELETE /k HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                       "accept: text/xml\r\nuser-agent: other\r\n\r\n");
    assert_int_equal(s->n_conns, 1);
    t->ops->free(t);
    server_free(s);
}

/* Says back a head and chunks, which also end with an empty line. */
static void play_echo_chunks(struct conn *c)
{
    char head[2048], body[100];
    if (!conn_head(c, head, sizeof(head)) || !conn_head(c, body, sizeof(body)))
        return;
    conn_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    conn_say(c, head);
    conn_say(c, body);
}

static void test_chunked_request(void **state)
{
    struct server *s = server_new(play_echo_chunks);
    struct pail_transport *t = transport_new((struct pail_transport_options){.user_agent = "p"});
    struct pail_bytes bytes = {"hello, me", 9};
    struct pail_body body = {.segments = &bytes, .n_segments = 1, .length = 9, .chunked = true};
    struct xfer x;

    xfer_init(&x, t, s->port, "PUT", "/k");
    x.x.body = &body;
    expect_request(&x, "PUT /k HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: p\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n9\r\nhello, me\r\n0\r\n\r\n");
    t->ops->free(t);
    server_free(s);
}

static void play_bytewise(struct conn *c)
{
    static const char text[] =
        "HTTP/1.1 100 Continue\r\nX: no\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
        "HTTP/1.1 206 Partial\r\nA:  1 \r\nEmpty:\r\na: 2\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\nTrailer: x\r\n\r\n";
    char head[1024];
    while (conn_head(c, head, sizeof(head))) {
        for (size_t i = 0; i < sizeof(text) - 1; i++)
            conn_send(c, text + i, 1);
    }
}

static void test_split_head_and_chunks(void **state)
{
    struct server *s = server_new(play_bytewise);
    struct pail_transport *t = transport_new((struct pail_transport_options){0});
    for (int i = 0; i < 3; i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", "/");
        xfer_start(&x);
        xfer_wait(&x);
        xfer_assert_ok(&x, 206, "abcdefgh");
        assert_string_equal(x.head, "A: 1\nEmpty: \na: 2\nTransfer-Encoding: chunked\n");
        xfer_free(&x);
    }
    assert_int_equal(s->n_conns, 1);
    t->ops->free(t);
    server_free(s);
}

static void play_bodyless(struct conn *c)
{
    char head[1024];
    while (conn_head(c, head, sizeof(head))) {
        if (strncmp(head, "HEAD", 4) == 0)
            conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nETag: \"e\"\r\n\r\n");
        else if (strstr(head, "/304"))
            conn_say(c, "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n");
        else
            conn_say(c, "HTTP/1.1 204 No Content\r\n\r\n");
    }
}

static void test_no_body(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
    } cases[] = {
        {"HEAD", "/", 200}, {"GET", "/304", 304}, {"DELETE", "/", 204}, {"HEAD", "/", 200}};
    struct server *s = server_new(play_bodyless);
    struct pail_transport *t = transport_new((struct pail_transport_options){0});
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, cases[i].method, cases[i].path);
        xfer_start(&x);
        xfer_wait(&x);
        xfer_assert_ok(&x, cases[i].status, "");
        xfer_free(&x);
    }
    assert_int_equal(s->n_conns, 1);
    t->ops->free(t);
    server_free(s);
}

/* ---- Uploads -------------------------------------------------------------------------------- */

#define UPLOAD (3u * 1024 * 1024 + 17)

static int read_pattern(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                        struct pail_error *err)
{
    for (size_t i = 0; i < cap; i++)
        ((unsigned char *)dst)[i] = (unsigned char)((offset + i) * 7);
    *ret_n = cap;
    return 0;
}

static uint64_t pattern_sum(void)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < UPLOAD; i++)
        sum = sum * 31 + (unsigned char)(i * 7);
    return sum;
}

static void play_upload(struct conn *c)
{
    char head[1024];
    while (conn_head(c, head, sizeof(head))) {
        const char *length = strstr(head, "Content-Length: ");
        uint64_t sum = 0;
        if (strstr(head, "Expect: 100-continue"))
            conn_say(c, "HTTP/1.1 100 Continue\r\n\r\n");
        uint64_t n = length ? strtoull(length + 16, NULL, 10) : 0;
        if (conn_body(c, n, &sum) < n)
            return;
        c->server->sum = sum;
        conn_say(c, ANSWER);
    }
}

static void upload(struct server *s, struct pail_transport *t, const struct pail_body *body,
                   bool expect, uint64_t sum)
{
    struct xfer x;
    xfer_init(&x, t, s->port, "PUT", "/");
    x.x.body = body;
    x.x.expect_continue = expect;
    xfer_start(&x);
    xfer_wait(&x);
    xfer_assert_ok(&x, 200, "ok");
    assert_int_equal(x.x.body_sent, body->length);
    assert_int_equal(s->sum, sum);
    xfer_free(&x);
}

static void test_upload(void **state)
{
    struct server *s = server_new(play_upload);
    struct pail_transport *t = transport_new((struct pail_transport_options){0});
    struct pail_body big = {.read = read_pattern, .length = UPLOAD};
    const struct pail_bytes parts[] = {{"ab", 2}, {"c", 1}};
    struct pail_body small = {.segments = parts, .n_segments = 2, .length = 3};
    uint64_t abc = ('a' * 31 + 'b') * 31 + 'c';
    for (int i = 0; i < 2; i++) {
        upload(s, t, &big, i, pattern_sum());
        upload(s, t, &small, i, abc);
    }
    assert_int_equal(s->n_conns, 1);
    t->ops->free(t);
    server_free(s);
}

static int read_never(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    *(bool *)ud = true;
    return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "disk");
}

static void play_forbid(struct conn *c)
{
    char head[1024];
    if (conn_head(c, head, sizeof(head)))
        conn_say(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    conn_drain(c);
}

/* The final answer comes instead of "100": the body stays here. */
static void test_expect_refused(void **state)
{
    struct server *s = server_new(play_forbid);
    struct pail_transport *t = transport_new((struct pail_transport_options){0});
    bool read = false;
    struct pail_body body = {.read = read_never, .ud = &read, .length = UPLOAD};
    struct xfer x;
    xfer_init(&x, t, s->port, "PUT", "/");
    x.x.body = &body;
    x.x.expect_continue = true;
    xfer_start(&x);
    xfer_wait(&x);
    xfer_assert_ok(&x, 403, "no");
    assert_false(read);
    xfer_free(&x);
    t->ops->free(t);
    server_free(s);
}

/* ---- Many at once --------------------------------------------------------------------------- */

#define BIG (2u * 1024 * 1024)

static void play_big(struct conn *c)
{
    static const char block[64 * 1024];
    char head[1024], answer[128];
    while (conn_head(c, head, sizeof(head))) {
        snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", BIG);
        bool ok = conn_say(c, answer);
        for (unsigned i = 0; ok && i < BIG / sizeof(block); i++)
            ok = conn_send(c, block, sizeof(block));
    }
}

static void test_parallel(void **state)
{
    struct server *s = server_new(play_big);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.threads = 2, .max_connections = 8});
    struct xfer x[24];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(x); i++) {
        xfer_init(&x[i], t, s->port, "GET", "/");
        x[i].x.priority = (enum pail_priority)(i % PAIL_PRIO_COUNT);
        xfer_start(&x[i]);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(x); i++) {
        xfer_wait(&x[i]);
        assert_false(x[i].failed);
        assert_int_equal(x[i].received, BIG);
        xfer_free(&x[i]);
    }
    assert_true(s->n_conns <= 8);
    t->ops->free(t);
    server_free(s);
}

static void play_in_turn(struct conn *c)
{
    char head[1024];
    while (conn_head(c, head, sizeof(head))) {
        c->server->sum = c->server->sum * 10 + (unsigned)(head[5] - '0'); /* "GET /3" */
        while (!c->server->flag)
            pail_sleep_ns(100 * PAIL_NS_PER_US);
        conn_say(c, ANSWER);
    }
}

/* With one connection the others wait, and leave by priority. */
static void test_priority(void **state)
{
    struct server *s = server_new(play_in_turn);
    struct pail_transport *t = transport_new((struct pail_transport_options){.max_connections = 1});
    struct xfer x[5];
    for (unsigned i = 0; i < 5; i++) {
        char path[8];
        unsigned priority = i ? PAIL_PRIO_COUNT - i : 0;
        snprintf(path, sizeof(path), "/%u", i ? priority : 9);
        xfer_init(&x[i], t, s->port, "GET", path);
        x[i].x.priority = (enum pail_priority)priority;
        xfer_start(&x[i]);
        while (i == 0 && !s->requests)
            pail_sleep_ns(100 * PAIL_NS_PER_US);
    }
    s->flag = true;
    for (unsigned i = 0; i < 5; i++) {
        xfer_wait(&x[i]);
        xfer_assert_ok(&x[i], 200, "ok");
        xfer_free(&x[i]);
    }
    assert_int_equal(s->sum, 90123);
    assert_int_equal(s->n_conns, 1);
    t->ops->free(t);
    server_free(s);
}

static void test_proxy(void **state)
{
    struct server *s = server_new(play_echo);
    char proxy[64];
    struct xfer x;
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", s->port);
    setenv("http_proxy", proxy, 1);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.user_agent = "pail/test"});
    xfer_init(&x, t, 80, "GET", "/a/../b");
    pail_buf_reset(&x.request.host);
    pail_buf_z(&x.request.host, "Bucket.example.test");
    xfer_start(&x);
    xfer_wait(&x);
    xfer_assert_ok(&x, 200,
                   "GET http://bucket.example.test/a/../b HTTP/1.1\r\n"
                   "Host: bucket.example.test\r\nUser-Agent: pail/test\r\n"
                   "Proxy-Connection: Keep-Alive\r\n\r\n");
    xfer_free(&x);
    t->ops->free(t);
    unsetenv("http_proxy");
    server_free(s);
}

static bool passes(struct pail_transport *t, const struct server *s, bool direct)
{
    struct xfer x;
    xfer_init(&x, t, s->port, "GET", "/");
    x.request.direct = direct;
    xfer_start(&x);
    xfer_wait(&x);
    bool passed = !x.failed;
    xfer_free(&x);
    return passed;
}

/* The proxy is not there; one handle serves both kinds. */
static void test_direct(void **state)
{
    struct server *s = server_new(play_echo);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.user_agent = "pail/test"});
    assert_false(passes(t, s, false));
    assert_true(passes(t, s, true));
    assert_false(passes(t, s, false));
    t->ops->free(t);
    unsetenv("http_proxy");
    server_free(s);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_keep_alive), cmocka_unit_test(test_wire),
               cmocka_unit_test(test_chunked_request), cmocka_unit_test(test_split_head_and_chunks),
               cmocka_unit_test(test_no_body), cmocka_unit_test(test_upload),
               cmocka_unit_test(test_expect_refused), cmocka_unit_test(test_parallel),
               cmocka_unit_test(test_priority), cmocka_unit_test(test_proxy),
               cmocka_unit_test(test_direct))
