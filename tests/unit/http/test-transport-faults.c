/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl against servers that do not answer, answer nonsense or go away; cancel and shutdown. */
#include "http/transport.h"

#include "tcp_server.h"
#include "unit/torture.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct pail_transport *one_loop(void)
{
    return transport_new((struct pail_transport_options){0});
}

static void run(struct xfer *x)
{
    xfer_start(x);
    xfer_wait(x);
}

/* ---- What the server says -------------------------------------------------------------------- */

static const char *_Atomic answer; /* of play_answer, which then closes */

static void play_answer(struct conn *c)
{
    char head[1024];
    if (conn_head(c, head, sizeof(head)))
        conn_say(c, answer);
}

static void test_bad_answers(void **state)
{
    static char huge[400 * 1024];
    const struct {
        const char *answer;
        int code;
        const char *text; /* in the message */
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", PAIL_E_CLOSED, "7 bytes"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", PAIL_E_CLOSED, "closed"},
        {"HTTP/1.1 200 OK\r\nContent-Le", PAIL_E_CLOSED, ""},
        {"", PAIL_E_CLOSED, "Empty reply"},
        {"hello there, this is no HTTP\r\n\r\n", PAIL_E_GARBAGE, "HTTP/0.9"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", PAIL_E_GARBAGE, "hunk"},
        {"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", PAIL_E_GARBAGE, "Content-Length"},
        {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", PAIL_E_GARBAGE, "eader"},
        {"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", PAIL_E_GARBAGE, "eader"},
        {huge, PAIL_E_GARBAGE, ""},
    };
    struct server *s = server_new(play_answer);
    struct pail_transport *t = one_loop();

    size_t at = (size_t)snprintf(huge, sizeof(huge), "HTTP/1.1 200 OK\r\nX: ");
    memset(huge + at, 'x', sizeof(huge) - at - 1);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct xfer x;
        char where[64];
        answer = cases[i].answer;
        xfer_init(&x, t, s->port, "GET", "/secret?");
        run(&x);
        xfer_assert_failed(&x, cases[i].code, true);
        snprintf(where, sizeof(where), "GET 127.0.0.1:%u: ", s->port);
        if (!strstr(x.err.message, where) || !strstr(x.err.message, cases[i].text))
            fail_msg("\"%s\" without \"%s\"", x.err.message, cases[i].text);
        assert_null(strstr(x.err.message, "secret"));
        xfer_free(&x);
    }
    t->ops->free(t);
    server_free(s);
}

/* Many headers, each of them small: the bound is ours. */
static void play_many_headers(struct conn *c)
{
    char head[1024];
    conn_head(c, head, sizeof(head));
    conn_say(c, "HTTP/1.1 200 OK\r\n");
    memset(head, 'h', sizeof(head));
    memcpy(head, "X: ", 3);
    memcpy(head + 1021, "\r\n", 3);
    for (int i = 0; i < 290 && conn_say(c, head); i++)
        ;
    conn_say(c, "\r\n");
    conn_drain(c);
}

static void test_large_head(void **state)
{
    struct server *s = server_new(play_many_headers);
    struct pail_transport *t = one_loop();
    struct xfer x;
    xfer_init(&x, t, s->port, "GET", "/");
    run(&x);
    xfer_assert_failed(&x, PAIL_E_GARBAGE, true);
    assert_non_null(strstr(x.err.message, "headers: more than"));
    xfer_free(&x);
    t->ops->free(t);
    server_free(s);
}

/* ---- No connection --------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    struct server *s = server_new(play_answer);
    unsigned port = s->port;
    char expected[64];
    struct pail_transport *t = one_loop();
    struct xfer x;
    server_free(s); /* nobody listens there now */
    xfer_init(&x, t, port, "GET", "/");
    run(&x);
    xfer_assert_failed(&x, PAIL_E_CONNECT, false);
    snprintf(expected, sizeof(expected), "connect to 127.0.0.1:%u: Connection refused", port);
    assert_string_equal(x.err.message, expected);
    assert_int_equal(x.heads, 0);
    xfer_free(&x);
    t->ops->free(t);
}

static void test_unresolved(void **state)
{
    struct pail_transport *t = one_loop();
    struct xfer x;
    xfer_init(&x, t, 80, "GET", "/");
    pail_buf_reset(&x.request.host);
    pail_buf_z(&x.request.host, "nobody.invalid"); /* reserved never to exist */
    run(&x);
    xfer_assert_failed(&x, PAIL_E_RESOLVE, false);
    assert_non_null(strstr(x.err.message, "connect to nobody.invalid:80: "));
    xfer_free(&x);
    t->ops->free(t);
}

/* A full backlog: the handshake is never completed. */
static void test_connect_timeout(void **state)
{
    struct server s = {0};
    struct pail_transport *t = one_loop();
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fillers[4];
    struct xfer x;

    server_listen(&s, 0);
    a.sin_port = htons((uint16_t)s.port);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(fillers); i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int rc = connect(fillers[i], (struct sockaddr *)&a, sizeof(a));
        (void)rc;
    }
    xfer_init(&x, t, s.port, "GET", "/");
    x.x.connect_timeout_ms = 50;
    run(&x);
    xfer_assert_failed(&x, PAIL_E_CONNECT_TIMEOUT, false);
    assert_non_null(strstr(x.err.message, "no connection after 50 ms"));
    xfer_free(&x);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(fillers); i++)
        close(fillers[i]);
    close(s.fd);
    t->ops->free(t);
}

static void play_hello(struct conn *c)
{
    conn_say(c, "220 this is not TLS\r\n");
    conn_drain(c);
}

static void play_close(struct conn *c)
{
    conn_fill(c);
}

static void test_tls(void **state)
{
    static const struct {
        void (*play)(struct conn *c);
        int code;
    } cases[] = {
        {play_hello, PAIL_E_TLS}, /* not worth another try */
        {play_close, PAIL_E_CLOSED},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct server *s = server_new(cases[i].play);
        struct pail_transport *t = one_loop();
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", "/");
        x.request.https = true;
        run(&x);
        xfer_assert_failed(&x, cases[i].code, false);
        if (cases[i].code == PAIL_E_TLS)
            assert_non_null(
                strstr(x.err.message, ": [SSL: WRONG_VERSION_NUMBER] wrong version number"));
        xfer_free(&x);
        t->ops->free(t);
        server_free(s);
    }
}

/* Names below localhost are the system's to resolve, not libcurl's. */
static void test_below_localhost(void **state)
{
    struct server *s = server_new(play_hello);
    struct pail_transport *t = one_loop();
    struct xfer x;

    xfer_init(&x, t, s->port, "GET", "/");
    pail_buf_reset(&x.request.host);
    pail_buf_z(&x.request.host, "no-such-name.invalid.localhost");
    run(&x);
    if (!x.failed || x.err.code != PAIL_E_RESOLVE) { /* a resolver, or a libcurl, that knows them */
        xfer_free(&x);
        t->ops->free(t);
        server_free(s);
        skip();
    }
    xfer_assert_failed(&x, PAIL_E_RESOLVE, false);
    xfer_free(&x);
    t->ops->free(t);
    server_free(s);
}

static void test_ca_bundle(void **state)
{
    struct server *s = server_new(play_hello);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.ca_bundle = "/nonexistent/ca.pem"});
    struct xfer x;
    xfer_init(&x, t, s->port, "GET", "/");
    x.request.https = true;
    run(&x);
    xfer_assert_failed(&x, PAIL_E_TLS, false);
    assert_non_null(
        strstr(x.err.message, "/nonexistent/ca.pem: [Errno 2] No such file or directory"));
    xfer_free(&x);
    t->ops->free(t);
    server_free(s);
}

/* ---- Dead connections ------------------------------------------------------------------------ */

/* The first connection answers once, takes the next request and goes away. */
static void play_die_once(struct conn *c)
{
    char head[1024];
    for (unsigned i = 0; conn_head(c, head, sizeof(head)); i++) {
        uint64_t sum = 0;
        if (strncmp(head, "PUT", 3) == 0 && conn_body(c, 3, &sum) < 3)
            return;
        c->server->sum = sum;
        if (c->index == 0 && i == 1)
            return;
        conn_say(c, ANSWER);
    }
}

static void test_dead_connection(void **state)
{
    const struct pail_bytes abc = {"abc", 3};
    struct pail_body body = {.segments = &abc, .n_segments = 1, .length = 3};

    for (int i = 0; i < 4; i++) {
        struct server *s = server_new(play_die_once);
        struct pail_transport *t = one_loop();
        bool once = i % 2;
        struct xfer first, x;
        xfer_init(&first, t, s->port, "GET", "/");
        run(&first);
        xfer_assert_ok(&first, 200, "ok");
        xfer_free(&first);

        xfer_init(&x, t, s->port, i < 2 ? "DELETE" : "PUT", "/");
        x.x.body = i < 2 ? NULL : &body;
        x.x.send_once = once;
        run(&x);
        if (once)
            xfer_assert_failed(&x, PAIL_E_CLOSED, true);
        else
            xfer_assert_ok(&x, 200, "ok");
        if (!once && i >= 2)
            assert_int_equal(s->sum, ('a' * 31 + 'b') * 31 + 'c'); /* from its beginning */
        assert_int_equal(s->requests, once ? 2 : 3);
        xfer_free(&x);
        t->ops->free(t);
        server_free(s);
    }
}

/* ---- Our own side gives up ------------------------------------------------------------------ */

static void play_silent(struct conn *c)
{
    char head[1024];
    if (conn_head(c, head, sizeof(head)) && strstr(head, "/begin"))
        conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    conn_drain(c);
}

static void play_endless(struct conn *c)
{
    static const char block[1024];
    char head[1024];
    conn_head(c, head, sizeof(head));
    conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
    while (conn_send(c, block, sizeof(block)))
        pail_sleep_ns(100 * PAIL_NS_PER_US);
}

static int read_fails(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "disk");
}

static void test_callbacks_fail(void **state)
{
    struct server *s = server_new(play_endless);
    struct pail_transport *t = one_loop();
    struct pail_body body = {.read = read_fails, .length = 10};
    struct xfer head, data, body_xfer;
    xfer_init(&head, t, s->port, "GET", "/");
    head.head_fails = PAIL_E_TOO_BIG;
    run(&head);
    xfer_assert_failed(&head, PAIL_E_TOO_BIG, true);
    assert_int_equal(head.received, 0);
    xfer_free(&head);
    xfer_init(&data, t, s->port, "GET", "/");
    data.body_fails = PAIL_E_CHECKSUM;
    run(&data);
    xfer_assert_failed(&data, PAIL_E_CHECKSUM, true);
    xfer_free(&data);
    xfer_init(&body_xfer, t, s->port, "PUT", "/");
    body_xfer.x.body = &body;
    run(&body_xfer);
    assert_true(body_xfer.failed);
    assert_int_equal(body_xfer.err.code, PAIL_E_OS);
    xfer_free(&body_xfer);
    t->ops->free(t);
    server_free(s);
}

static void test_bad_requests(void **state)
{
    static const struct {
        const char *path, *name, *value;
    } cases[] = {
        {"/a b", NULL, NULL},         {"/a#b", NULL, NULL},
        {"/a\r\nX: y", NULL, NULL},   {"/\xc3\xa9", NULL, NULL},
        {"/", "Content-Length", "3"}, {"/", "transfer-encoding", "chunked"},
    };
    struct server *s = server_new(play_answer);
    struct pail_transport *t = one_loop();
    answer = ANSWER;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", cases[i].path);
        if (cases[i].name)
            assert_ok(
                pail_request_header(&x.request, cases[i].name, pail_str(cases[i].value), NULL),
                NULL);
        run(&x);
        xfer_assert_failed(&x, PAIL_E_INVALID, false);
        xfer_free(&x);
    }
    assert_int_equal(s->n_conns, 0);
    t->ops->free(t);
    server_free(s);
}

/* ---- Cancel and shutdown --------------------------------------------------------------------- */

static void raise_flag(struct xfer *x)
{
    PAIL_LOCKED(&x->lock);
    x->body_seen = true;
    pail_cond_broadcast(&x->cond);
}

static void await_body(struct xfer *x)
{
    PAIL_LOCKED(&x->lock);
    while (!x->body_seen)
        pail_cond_wait(&x->cond, &x->lock);
}

static void test_cancel(void **state)
{
    struct server *s = server_new(play_endless), *silent = server_new(play_silent);
    struct pail_transport *t = transport_new((struct pail_transport_options){.max_connections = 2});
    struct xfer flowing, waiting, queued, after;

    xfer_init(&flowing, t, s->port, "GET", "/");
    flowing.on_body = raise_flag;
    xfer_start(&flowing);
    await_body(&flowing);
    xfer_init(&waiting, t, silent->port, "GET", "/");
    xfer_start(&waiting);
    while (!silent->requests)
        pail_sleep_ns(100 * PAIL_NS_PER_US);
    xfer_init(&queued, t, s->port, "GET", "/");
    xfer_start(&queued);

    xfer_cancel(&queued);
    xfer_cancel(&queued);
    xfer_wait(&queued);
    xfer_assert_failed(&queued, PAIL_E_CANCELLED, false);
    xfer_cancel(&waiting);
    xfer_wait(&waiting);
    xfer_assert_failed(&waiting, PAIL_E_CANCELLED, true);
    xfer_cancel(&flowing);
    xfer_wait(&flowing);
    xfer_assert_failed(&flowing, PAIL_E_CANCELLED, true);

    xfer_init(&after, t, silent->port, "GET", "/begin"); /* the loop goes on */
    after.x.idle_timeout_ms = 20;
    run(&after);
    xfer_assert_failed(&after, PAIL_E_READ_TIMEOUT, true);
    xfer_free(&flowing);
    xfer_free(&waiting);
    xfer_free(&queued);
    xfer_free(&after);
    t->ops->free(t);
    server_free(s);
    server_free(silent);
}

static struct pail_transport *closing;
static _Atomic int start_result;

static void start_again(struct pail_exchange *x, const struct pail_error *err)
{
    struct pail_exchange again = *x;
    start_result = closing->ops->start(closing, &again, NULL);
    xfer_done(x, err);
}

static void test_shutdown(void **state)
{
    struct server *s = server_new(play_endless);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.threads = 2, .max_connections = 4});
    struct xfer x[12];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(x); i++) {
        xfer_init(&x[i], t, s->port, "GET", "/");
        x[i].on_body = raise_flag;
        if (i == 0)
            x[i].x.on_done = start_again;
        xfer_start(&x[i]);
    }
    await_body(&x[0]);
    closing = t;
    t->ops->free(t);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(x); i++) {
        assert_true(x[i].done);
        assert_int_equal(x[i].err.code, PAIL_E_SHUTDOWN);
        xfer_free(&x[i]);
    }
    assert_int_equal(start_result, PAIL_E_SHUTDOWN);
    server_free(s);
}

/* Cancels that meet the end of the exchange, on several loops. */
static void play_fast(struct conn *c)
{
    char head[1024];
    while (conn_head(c, head, sizeof(head)))
        conn_say(c, ANSWER);
}

static void hammer(void *arg)
{
    struct server *s = ((void **)arg)[0];
    struct pail_transport *t = ((void **)arg)[1];
    for (unsigned i = 0; i < 200; i++) {
        struct xfer x;
        xfer_init(&x, t, s->port, "GET", "/");
        xfer_start(&x);
        if (i % 2)
            xfer_cancel(&x);
        xfer_wait(&x);
        if (x.failed)
            assert_int_equal(x.err.code, PAIL_E_CANCELLED);
        xfer_free(&x);
    }
}

static void test_hammer(void **state)
{
    struct server *s = server_new(play_fast);
    struct pail_transport *t = transport_new(
        (struct pail_transport_options){.threads = 2, .max_connections = 3});
    void *arg[] = {s, t};
    struct pail_thread *threads[6];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(threads); i++)
        assert_ok(pail_thread_start(&threads[i], "hammer", hammer, arg, NULL), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(threads); i++)
        pail_thread_join(threads[i]);
    t->ops->free(t);
    server_free(s);
}

static int create(void *ud, struct pail_error *err)
{
    struct pail_transport_options opt = {
        .threads = 2, .ca_bundle = "/etc/ca.pem", .user_agent = "x"};
    struct pail_transport *t;
    int rc = pail_transport_curl_new(&opt, &t, err);
    if (rc == 0)
        t->ops->free(t);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("transport", create, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_bad_answers), cmocka_unit_test(test_large_head),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_unresolved),
               cmocka_unit_test(test_connect_timeout), cmocka_unit_test(test_tls),
               cmocka_unit_test(test_below_localhost), cmocka_unit_test(test_ca_bundle),
               cmocka_unit_test(test_dead_connection),

               cmocka_unit_test(test_callbacks_fail), cmocka_unit_test(test_bad_requests),
               cmocka_unit_test(test_cancel), cmocka_unit_test(test_shutdown),
               cmocka_unit_test(test_hammer), cmocka_unit_test(test_torture))
