/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail mount: options to pail_mount_run, in the background unless -f.
 *
 * The process forks before there is any thread. The child becomes the daemon; the parent waits on a
 * pipe until the mount answers or the child tells why it does not, and its exit code is the answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pail/log.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "fuse/mount.h"
#include "tools/cmd.h"
#include "tools/lib/place.h"
#include "tools/mount.h"

/* ---- The daemon's side of the pipe ----------------------------------------------------------- */

struct start {
    int pipe; /* -1: foreground */
    bool told;
    char mount_point[PATH_MAX];
};

static void tell(struct start *s, int code, const char *message)
{
    if (s->told)
        return;
    s->told = true;
    if (s->pipe < 0)
        return;
    unsigned char byte = (unsigned char)code;
    struct pail_bytes pieces[2] = {{&byte, 1}, {message, strlen(message)}};
    for (size_t i = 0; i < 2; i++)
        if (pieces[i].len && write(s->pipe, pieces[i].ptr, pieces[i].len) < 0)
            break; /* the parent is gone: nobody to tell */
    close(s->pipe);
    s->pipe = -1;
}

static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    if (null > 2)
        close(null);
}

static void on_ready(void *ud)
{
    struct start *s = ud;
    bool background = s->pipe >= 0;
    tell(s, 0, "");
    if (background)
        detach();
}

static void log_to_file(enum pail_log_level level, enum pail_log_component component,
                        const char *line, void *ud)
{
    FILE *f = ud;
    char when[PAIL_TIME_ISO_LEN];
    pail_time_iso(pail_clock_wall_s(), when);
    fprintf(f, "%s %d %s %s: %s\n", when, (int)getpid(), pail_log_level_name(level),
            pail_log_component_name(component), line);
    fflush(f);
}

/* ---- Options -> file system ------------------------------------------------------------------ */

struct source {
    char *bucket, *prefix; /* bucket NULL: all buckets */
    char *shown;
};

/* "s3://bucket/prefix", "bucket/prefix", "s3://" and "s3" for all buckets. */
static int parse_source(const char *text, struct source *ret, struct pail_error *err)
{
    struct pail_str s = pail_str(text);
    if (pail_str_starts(s, PAIL_STR("pail#")))
        s = pail_str_from(s, 5);
    bool scheme = pail_str_starts(s, PAIL_STR("s3://"));
    if (scheme)
        s = pail_str_from(s, 5);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf shown = PAIL_BUF_INIT(4096);
    if (!s.len || (!scheme && (pail_str_eqz(s, "s3") || pail_str_eqz(s, "none")))) {
        pail_buf_z(&shown, "s3://");
    } else {
        size_t slash = pail_str_find(s, '/');
        struct pail_str bucket = slash == SIZE_MAX ? s : pail_str_sub(s, 0, slash);
        struct pail_str prefix = slash == SIZE_MAX ? pail_strn(NULL, 0)
                                                   : pail_str_from(s, slash + 1);
        while (prefix.len && prefix.ptr[prefix.len - 1] == '/')
            prefix.len--;
        if (!bucket.len)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "\"%s\" names no bucket",
                                  text);
        ret->bucket = pail_strndup(bucket);
        ret->prefix = pail_strndup(prefix);
        if (!ret->bucket || !ret->prefix)
            return pail_error_nomem(err);
        pail_buf_fmt(&shown, "s3://%s%s%s", ret->bucket, prefix.len ? "/" : "", ret->prefix);
    }
    int rc = pail_buf_check(&shown, "source", err);
    if (!rc && !(ret->shown = pail_buf_take(&shown, NULL)))
        rc = pail_error_nomem(err);
    return rc;
}

static void fuse_words(const struct mount_options *o, struct pail_buf *to)
{
    const struct {
        bool on;
        const char *word;
    } words[] = {{o->nosuid, "nosuid"},   {o->nodev, "nodev"}, {o->noexec, "noexec"},
                 {o->noatime, "noatime"}, {o->suid, "suid"},   {o->dev, "dev"},
                 {o->exec, "exec"},       {o->atime, "atime"}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(words); i++)
        if (words[i].on)
            pail_buf_fmt(to, "%s%s", to->len ? "," : "", words[i].word);
}

static void fill_fs_options(const struct mount_options *o, const struct source *src,
                            struct pail_fs_options *fs)
{
    fs->bucket = src->bucket;
    fs->prefix = src->prefix;
    fs->uid = (uint32_t)o->uid;
    fs->gid = (uint32_t)o->gid;
    fs->file_mode = o->file_mode != UINT32_MAX ? o->file_mode : 0666 & ~o->umask;
    fs->dir_mode = o->dir_mode != UINT32_MAX ? o->dir_mode : 0777 & ~o->umask;
    fs->read_only = o->ro;
    fs->bucket_ops = o->bucket_ops;
    fs->metadata_ttl_ns = o->metadata_ttl_ns;
    fs->posix = o->posix == 1   ? PAIL_POSIX_ALWAYS
                : o->posix == 2 ? PAIL_POSIX_NEVER
                                : PAIL_POSIX_AUTO;
    fs->probe = o->probe == 1   ? PAIL_FS_PROBE_OFF
                : o->probe == 2 ? PAIL_FS_PROBE_AGAIN
                                : PAIL_FS_PROBE_AUTO;
    fs->memory_limit = o->memory;
    fs->write_memory = o->write_memory;
    fs->staging_limit = o->staging_limit;
    fs->part_size = o->part_size;
    fs->op_timeout_ms = o->timeout_ns / PAIL_NS_PER_MS;
}

/* The first slot of state that no other mount of the same source has. */
#define SLOTS 16

static int mount_in_slot(struct mount_options *o, const struct source *src,
                         struct pail_mount_options *m, unsigned slot, struct pail_error *err)
{
    struct pail_place place;
    struct pail_place_args args = {.source = src->shown,
                                   .endpoint = o->common.endpoint_url
                                                   ? o->common.endpoint_url
                                                   : pail_env_get("AWS_ENDPOINT_URL"),
                                   .cache_dir = o->cache_dir,
                                   .state_dir = o->state_dir,
                                   .slot = slot};
    int rc = pail_place_make(&args, &place, err);
    if (rc)
        return rc;
    FILE *log = NULL;
    if (!o->foreground) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
        pail_buf_fmt(&path, "%s/pail.log", place.state_dir);
        const char *name = o->log_file ? o->log_file : pail_buf_cstr(&path);
        log = fopen(name, "ae");
        if (!log) {
            rc = pail_error_os(err, errno, "log file %s", name);
            pail_place_done(&place);
            return rc;
        }
        pail_log_set_sink(log_to_file, log);
    }
    pail_log_set_level(o->common.debug ? PAIL_LOG_DEBUG : PAIL_LOG_WARN, 0);
    m->fs.state_dir = place.state_dir;
    m->fs.cache_dir = place.cache_dir;
    struct pail_file *record = NULL;
    rc = pail_place_record(m->mount_point, &record, err);
    if (!rc)
        rc = pail_mount_run(m, err);
    pail_place_forget(m->mount_point, record);
    if (log) {
        if (rc && rc != PAIL_E_FS_BUSY)
            PAIL_LOG(PAIL_LC_TOOLS, PAIL_LOG_ERROR, "mount of %s ends: %s", src->shown,
                     err->message);
        pail_log_set_sink(NULL, NULL);
        fclose(log);
    }
    pail_place_done(&place);
    return rc;
}

static int serve(struct mount_options *o, const struct source *src, struct start *start,
                 struct pail_error *err)
{
    struct pail_session *session = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf words = PAIL_BUF_INIT(256);
    struct pail_mount_options m = {.source = src->shown,
                                   .mount_point = start->mount_point,
                                   .allow_other = o->allow_other,
                                   .allow_root = o->allow_root,
                                   .debug = o->fuse_debug && o->foreground,
                                   .no_default_permissions = o->nodefault_permissions,
                                   .nonempty = o->nonempty,
                                   .max_threads = (unsigned)o->max_threads,
                                   .ready = on_ready,
                                   .ud = start};
    fuse_words(o, &words);
    m.fuse_options = pail_buf_cstr(&words);
    fill_fs_options(o, src, &m.fs);
    struct pail_common common = o->common;
    common.checksums_suffice = true;
    int rc = pail_connect(&common, &session, &m.fs.s3, err);
    if (rc)
        return rc;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        rc = mount_in_slot(o, src, &m, slot, err);
        if (rc != PAIL_E_FS_BUSY || !pail_place_is_state_busy(err) || o->state_dir)
            break;
    }
    pail_s3_unref(m.fs.s3);
    pail_session_unref(session);
    return rc;
}

/* ---- Foreground and background --------------------------------------------------------------- */

static int child(struct mount_options *o, const struct source *src, struct start *start)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = serve(o, src, start, &err);
    if (!rc)
        return 0;
    if (start->told || start->pipe < 0)
        return pail_fail("mount", &err);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(2048);
    pail_buf_z(&text, err.message);
    if (err.service_code[0] && !strstr(err.message, err.service_code))
        pail_buf_fmt(&text, " (%s)", err.service_code);
    int code = err.domain == PAIL_D_USAGE                                 ? PAIL_EXIT_USAGE
               : err.domain == PAIL_D_CONFIG || err.domain == PAIL_D_AUTH ? PAIL_EXIT_CONFIG
               : err.domain == PAIL_D_SERVICE                             ? PAIL_EXIT_SERVICE
                                                                          : PAIL_EXIT_ERROR;
    tell(start, code, pail_buf_cstr(&text));
    return code;
}

/* Waits for the child's word. An end of file without one: it died. */
static int parent(int fd)
{
    char text[4096];
    size_t n = 0;
    for (;;) {
        ssize_t got = read(fd, text + n, sizeof(text) - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    text[n] = '\0';
    if (!n) {
        fprintf(stderr, "pail mount: the background process ended before the mount was usable\n");
        return PAIL_EXIT_ERROR;
    }
    if (text[0])
        fprintf(stderr, "pail mount: %s\n", text + 1);
    return (unsigned char)text[0];
}

static int in_background(struct mount_options *o, const struct source *src, struct start *start)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC)) {
        perror("pail mount: pipe");
        return PAIL_EXIT_ERROR;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        perror("pail mount: fork");
        return PAIL_EXIT_ERROR;
    }
    if (pid > 0) {
        close(fds[1]);
        return parent(fds[0]);
    }
    close(fds[0]);
    start->pipe = fds[1];
    setsid();
    if (chdir("/"))
        perror("pail mount: /");
    exit(child(o, src, start));
}

/* ret: PATH_MAX bytes. False: stderr says why. */
static bool find_mount_point(const char *dir, char *ret)
{
    if (realpath(dir, ret))
        return true;
    if (errno == ENOTCONN)
        fprintf(stderr,
                "pail mount: mount point %s has a dead mount on it: unmount it first "
                "(fusermount3 -u %s)\n",
                dir, dir);
    else if (errno == ENOENT)
        fprintf(stderr, "pail mount: mount point %s does not exist\n", dir);
    else
        fprintf(stderr, "pail mount: mount point %s: %s\n", dir, strerror(errno));
    return false;
}

int pail_mount_serve(void *p, int argc, char **argv)
{
    struct mount_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct source src = {0};
    struct start start = {.pipe = -1};
    if (argc < 1 || argc > 2)
        return pail_misuse("mount",
                           "wants a source and a directory, or a directory alone for all buckets");
    int code = PAIL_EXIT_ERROR;
    if (parse_source(argc == 2 ? argv[0] : "s3://", &src, &err))
        code = pail_fail("mount", &err);
    else if (find_mount_point(argv[argc - 1], start.mount_point))
        code = o->foreground ? child(o, &src, &start) : in_background(o, &src, &start);
    pail_free(src.bucket);
    pail_free(src.prefix);
    pail_free(src.shown);
    return code;
}
