/* SPDX-License-Identifier: Apache-2.0 */
/* pail-fake-s3: the fake server as a program, for tests in other languages and for trying Pail
 * without an account. */
#include "fake/server.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: pail-fake-s3 [OPTION]...\n"
    "An S3 in memory on 127.0.0.1, for tests. It forgets everything when it ends (SIGTERM, "
    "Ctrl-C).\n"
    "\n"
    "  --port N              listen there; 0, the default, takes a free port\n"
    "  --port-file FILE      write the port to FILE once it listens\n"
    "  --auth ACCESS:SECRET  verify signatures; without it any credentials, or none, will do\n"
    "  --bucket NAME         create this bucket at the start; may be repeated\n"
    "  --region NAME         the region it is in (us-east-1)\n"
    "  --domain NAME         also take virtual-host style requests to BUCKET.NAME\n"
    "  --verbose             each request on standard error\n"
    "  --help                this\n"
    "\n"
    "The first line of output is \"listening on 127.0.0.1:PORT\". Then, for example:\n"
    "  curl -T file http://127.0.0.1:PORT/bucket/key\n"
    "  curl http://127.0.0.1:PORT/_fake/counts                     requests so far, by operation\n"
    "  curl -d 'op=GetObject nth=2 status=503 code=SlowDown' http://127.0.0.1:PORT/_fake/faults\n"
    "More under /_fake/: log, reset (POST), uploads?bucket=B, quirks (POST: bare_etags,\n"
    "ignore_conditions, empty_complete_etag, no_trailers), latency?ms=N (POST), clock?offset=MS "
    "(POST).\n"
    "Actions of faults: status=N [code=C] [retry-after=S], reset, lost, cut=BYTES, stall=MS, "
    "garbage,\n"
    "error200, flip, late-etag, deny, expired, skew; count=0 means for ever.\n";

struct settings {
    struct fake_server_options server;
    const char *port_file;
    const char *buckets[64];
    size_t n_buckets;
};

static int fail(const char *what, const char *value)
{
    fprintf(stderr, "pail-fake-s3: %s%s%s\n", what, value ? ": " : "", value ? value : "");
    return 2;
}

/* ACCESS:SECRET, cut in place. */
static bool read_auth(struct settings *s, char *text)
{
    char *colon = strchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return false;
    *colon = '\0';
    s->server.s3.access_key = text;
    s->server.s3.secret_key = colon + 1;
    return true;
}

static bool read_port(const char *text, int *ret)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    *ret = (int)n;
    return !errno && end != text && !*end && n >= 0 && n <= 65535;
}

/* 0: go on; else the exit status + 1. */
static int read_options(struct settings *s, int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"port-file", required_argument, NULL, 'f'},
                                            {"auth", required_argument, NULL, 'a'},
                                            {"bucket", required_argument, NULL, 'b'},
                                            {"region", required_argument, NULL, 'r'},
                                            {"domain", required_argument, NULL, 'd'},
                                            {"verbose", no_argument, NULL, 'v'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (o) {
        case 'p':
            if (!read_port(optarg, &s->server.port))
                return 1 + fail("not a port", optarg);
            break;
        case 'f':
            s->port_file = optarg;
            break;
        case 'a':
            if (!read_auth(s, optarg))
                return 1 + fail("--auth takes ACCESS:SECRET", NULL);
            break;
        case 'b':
            if (s->n_buckets == sizeof(s->buckets) / sizeof(s->buckets[0]))
                return 1 + fail("too many buckets", NULL);
            s->buckets[s->n_buckets++] = optarg;
            break;
        case 'r':
            s->server.s3.region = optarg;
            break;
        case 'd':
            s->server.s3.domain = optarg;
            break;
        case 'v':
            s->server.verbose = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 1;
        default:
            return 1 + 2;
        }
    }
    return optind < argc ? 1 + fail("unexpected argument", argv[optind]) : 0;
}

static bool write_port(const char *path, int port)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    bool ok = fprintf(f, "%d\n", port) > 0;
    return fclose(f) == 0 && ok;
}

int main(int argc, char **argv)
{
    struct settings s = {0};
    int done = read_options(&s, argc, argv);
    if (done)
        return done - 1;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    sigprocmask(SIG_BLOCK, &end,
                NULL); /* before any thread, so that only sigwait below takes them */
    struct fake_server *sv = fake_server_start(&s.server);
    if (!sv)
        return fail("cannot listen", strerror(errno));
    fake_server_lock(sv);
    for (size_t i = 0; i < s.n_buckets; i++)
        fake_s3_make_bucket(fake_server_s3(sv), s.buckets[i]);
    fake_server_unlock(sv);
    printf("listening on 127.0.0.1:%d\n", fake_server_port(sv));
    fflush(stdout);
    int ret = 0, got;
    if (s.port_file && !write_port(s.port_file, fake_server_port(sv)))
        ret = fail("cannot write", s.port_file);
    else
        sigwait(&end, &got);
    fake_server_stop(sv);
    return ret;
}
