/* SPDX-License-Identifier: Apache-2.0 */
/* The server over a real socket: framing of bodies, Expect, keep-alive, the fates of answers, and
 * administration. */
#include "fake/rig.h"
#include "fake/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
    struct fake_server *sv;
    int fd;
    char got[8192];
    size_t n;
};

static void dial(struct peer *p)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_port = htons((uint16_t)fake_server_port(p->sv));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (p->fd >= 0)
        close(p->fd);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(p->fd, (struct sockaddr *)&a, sizeof(a)), 0);
}

static void serve(struct peer *p, const struct fake_s3_options *s3)
{
    struct fake_server_options o = {0};
    if (s3)
        o.s3 = *s3;
    *p = (struct peer){.fd = -1, .sv = fake_server_start(&o)};
    assert_non_null(p->sv);
    fake_server_lock(p->sv);
    fake_s3_make_bucket(fake_server_s3(p->sv), "bkt");
    fake_server_unlock(p->sv);
    dial(p);
}

static void hang_up(struct peer *p)
{
    close(p->fd);
    fake_server_stop(p->sv);
}

static void say(struct peer *p, const char *text)
{
    assert_int_equal(send(p->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until `until` has arrived, or the end; returns what recv said last. */
static ssize_t hear(struct peer *p, const char *until)
{
    ssize_t got = 1;
    p->n = 0;
    p->got[0] = '\0';
    while (!(until && strstr(p->got, until)) && got > 0 && p->n < sizeof(p->got) - 1) {
        got = recv(p->fd, p->got + p->n, sizeof(p->got) - 1 - p->n, 0);
        if (got > 0)
            p->n += (size_t)got;
        p->got[p->n] = '\0';
    }
    return got;
}

#define assert_heard(p, text)                                                                      \
    do {                                                                                           \
        if (!strstr((p)->got, (text)))                                                             \
            fail_msg("no '%s' in:\n%s", (text), (p)->got);                                         \
    } while (0)

static void test_keep_alive(void **state)
{
    struct peer p;
    serve(&p, NULL);
    say(&p, "PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    hear(&p, "\r\n\r\n");
    assert_heard(&p, "HTTP/1.1 200 OK");
    say(&p, "GET /bkt/none HTTP/1.1\r\nHost: x\r\n\r\n");
    hear(&p, "</Error>");
    assert_heard(&p, "HTTP/1.1 404 Not Found");
    say(&p, "HEAD /bkt/k HTTP/1.1\r\nHost: x\r\n\r\n");
    hear(&p, "\r\n\r\n");
    assert_heard(&p, "Content-Length: 5");
    say(&p, "GET /bkt/k HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\n\r\nGET http://x/bkt/k "
            "HTTP/1.1\r\n\r\n");
    hear(&p, "\r\n\r\nhello");
    assert_heard(&p, "206 Partial");
    assert_heard(&p, "\r\n\r\nelHTTP/1.1 200");
    say(&p, "GET /bkt/k HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_int_equal(hear(&p, NULL), 0);
    assert_heard(&p, "Connection: close");
    dial(&p);
    say(&p, "this is nothing\r\n\r\n");
    assert_int_equal(hear(&p, NULL), 0);
    assert_heard(&p, "400 Bad Request");
    hang_up(&p);
}

static void test_bodies(void **state)
{
    struct peer p;
    serve(&p, NULL);
    say(&p, "PUT /bkt/c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            "5;ext=1\r\nhello\r\nA\r\n, world!!!\r\n0\r\nTrailer: x\r\n\r\n");
    hear(&p, "\r\n\r\n");
    assert_heard(&p, "200 OK");
    say(&p, "GET /bkt/c HTTP/1.1\r\n\r\n");
    hear(&p, "!!!");
    assert_heard(&p, "\r\n\r\nhello, world!!!");
    say(&p, "PUT /bkt/k HTTP/1.1\r\n\r\n");
    hear(&p, "</Error>");
    assert_heard(&p, "411 Length Required");
    say(&p, "PUT /bkt/k HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    hear(&p, "\r\n\r\n");
    assert_string_equal(p.got, "HTTP/1.1 100 Continue\r\n\r\n");
    say(&p, "abc");
    hear(&p, "\r\n\r\n");
    assert_heard(&p, "HTTP/1.1 200 OK");
    /* half a body is no request */
    say(&p, "PUT /bkt/half HTTP/1.1\r\nContent-Length: 30\r\n\r\nabc");
    shutdown(p.fd, SHUT_WR);
    assert_int_equal(hear(&p, NULL), 0);
    assert_int_equal(p.n, 0);
    fake_server_lock(p.sv);
    assert_null(fake_s3_get(fake_server_s3(p.sv), "bkt", "half", NULL, NULL));
    assert_non_null(fake_s3_get(fake_server_s3(p.sv), "bkt", "k", NULL, NULL));
    fake_server_unlock(p.sv);
    hang_up(&p);
}

/* A signature that is wrong is known before the body. */
static void test_refused_before_body(void **state)
{
    struct peer p;
    serve(&p, &(struct fake_s3_options){.access_key = "a", .secret_key = "s"});
    say(&p, "PUT /bkt/k HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(hear(&p, NULL), 0);
    assert_null(strstr(p.got, "100 Continue"));
    assert_heard(&p, "403 Forbidden");
    assert_heard(&p, "<Code>AccessDenied</Code>");
    dial(&p);
    say(&p, "PUT /bkt/k HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /bkt/k HTTP/1.1\r\n\r\n");
    hear(&p, "<Resource>/bkt/k</Resource><RequestId>");
    assert_heard(&p, "403 Forbidden");
    hang_up(&p);
}

static void script(struct peer *p, const char *text)
{
    char rq[512];
    snprintf(rq, sizeof(rq), "POST /_fake/faults HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(text), text);
    dial(p);
    say(p, rq);
    hear(p, "\r\n\r\n");
    assert_heard(p, "200 OK");
}

static void test_fates(void **state)
{
    struct peer p;
    serve(&p, NULL);
    say(&p, "PUT /bkt/k HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789");
    hear(&p, "\r\n\r\n");
    script(&p, "op=GetObject reset");
    say(&p, "GET /bkt/k HTTP/1.1\r\n\r\n");
    assert_int_equal(hear(&p, NULL), -1);
    assert_int_equal(errno, ECONNRESET);
    script(&p, "op=PutObject lost");
    say(&p, "PUT /bkt/lost HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
    assert_int_equal(hear(&p, NULL), 0);
    assert_int_equal(p.n, 0);
    fake_server_lock(p.sv);
    assert_non_null(fake_s3_get(fake_server_s3(p.sv), "bkt", "lost", NULL, NULL));
    fake_server_unlock(p.sv);
    script(&p, "op=GetObject cut=4");
    say(&p, "GET /bkt/k HTTP/1.1\r\n\r\n");
    assert_int_equal(hear(&p, NULL), 0);
    assert_heard(&p, "Content-Length: 10");
    assert_string_equal(strstr(p.got, "\r\n\r\n"), "\r\n\r\n0123");
    script(&p, "op=GetObject stall=30");
    say(&p, "GET /bkt/k HTTP/1.1\r\n\r\n");
    hear(&p, "0123456789");
    assert_heard(&p, "200 OK");
    script(&p, "op=GetObject garbage");
    say(&p, "GET /bkt/k HTTP/1.1\r\n\r\n");
    hear(&p, NULL);
    assert_true(p.n > 0);
    assert_int_not_equal(strncmp(p.got, "HTTP", 4), 0);
    /* a server that stops does not wait for a stalled answer */
    script(&p, "op=GetObject stall=3600000");
    say(&p, "GET /bkt/k HTTP/1.1\r\n\r\n");
    hang_up(&p);
}

static void test_admin(void **state)
{
    static const struct {
        const char *request, *want;
    } rows[] = {
        {"GET /_fake/counts HTTP/1.1\r\n\r\n", "\r\n\r\n{\"CreateMultipartUpload\": 1}\n"},
        {"GET /_fake/log HTTP/1.1\r\n\r\n", "\r\n\r\nCreateMultipartUpload bkt/k 200\n"},
        {"GET /_fake/uploads?bucket=bkt HTTP/1.1\r\n\r\n", "\r\n\r\n1\n"},
        {"POST /_fake/reset HTTP/1.1\r\n\r\n", "200 OK"},
        {"GET /_fake/counts HTTP/1.1\r\n\r\n", "\r\n\r\n{}\n"},
        {"POST /_fake/faults HTTP/1.1\r\nContent-Length: 4\r\n\r\nop=*", "needs an action\n"},
        {"POST /_fake/quirks HTTP/1.1\r\nContent-Length: 24\r\n\r\nbare-etags, no_trailers\n",
         "200 OK"},
        {"POST /_fake/quirks HTTP/1.1\r\nContent-Length: 3\r\n\r\nodd", "400 Bad"},
        {"POST /_fake/quirks HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "200 OK"},
        {"POST /_fake/latency?ms=1 HTTP/1.1\r\n\r\n", "200 OK"},
        {"POST /_fake/latency?ms=-1 HTTP/1.1\r\n\r\n", "400 Bad"},
        {"POST /_fake/clock?offset=-60000 HTTP/1.1\r\n\r\n", "200 OK"},
        {"GET /_fake/nothing HTTP/1.1\r\n\r\n", "404 Not"},
    };
    struct peer p;
    serve(&p, NULL);
    say(&p, "POST /bkt/k?uploads HTTP/1.1\r\n\r\n");
    hear(&p, "Result>");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        dial(&p);
        say(&p, rows[i].request);
        shutdown(p.fd, SHUT_WR);
        hear(&p, NULL);
        assert_heard(&p, rows[i].want);
    }
    hang_up(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_refused_before_body),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_admin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
