/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/process.c - posix_spawn, two pipes, a descriptor of the process, poll.
 *
 * posix_spawn and not fork, because the caller has threads and may have gigabytes mapped. Signals
 * are set back to their defaults in the child: a daemon blocks and ignores some that a program
 * expects.
 *
 * The end of the child is what counts, not the end of its pipes: a grandchild may keep them open
 * for ever, and the child may close them and live on. Where the kernel has no descriptors of
 * processes the ends of both pipes must do.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define CHUNK 4096

enum { OUT, ERR, N_PIPES };

struct pipes {
    int read[N_PIPES], write[N_PIPES]; /* -1: closed */
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void pipes_done(struct pipes *p)
{
    for (int i = 0; i < N_PIPES; i++) {
        close_fd(&p->read[i]);
        close_fd(&p->write[i]);
    }
}

/* Above the standard descriptors, which may be closed here, so that the child's dup2 cannot hit the
 * other pipe. */
static int move_up(int *fd)
{
    if (*fd > STDERR_FILENO)
        return 0;
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (moved < 0)
        return -1;
    close(*fd);
    *fd = moved;
    return 0;
}

static int pipes_open(struct pipes *p, struct pail_error *err)
{
    *p = (struct pipes){{-1, -1}, {-1, -1}};
    for (int i = 0; i < N_PIPES; i++) {
        int fd[2];
        if (pipe2(fd, O_CLOEXEC) != 0)
            return pail_error_os(err, errno, "pipe");
        p->read[i] = fd[0];
        p->write[i] = fd[1];
        if (move_up(&p->read[i]) != 0 || move_up(&p->write[i]) != 0 ||
            fcntl(p->read[i], F_SETFL, O_NONBLOCK) != 0)
            return pail_error_os(err, errno, "pipe");
    }
    return 0;
}

/* ---- Starting ---- */

static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    static const int usual[] = {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD, SIGALRM};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(usual); i++)
        sigaddset(&defaults, usual[i]);
    int e = posix_spawnattr_setsigmask(attr, &none);
    if (e == 0)
        e = posix_spawnattr_setsigdefault(attr, &defaults);
    if (e == 0)
        e = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return e;
}

static int set_actions(posix_spawn_file_actions_t *actions, const struct pipes *p)
{
    int e = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(actions, p->write[OUT], STDOUT_FILENO);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(actions, p->write[ERR], STDERR_FILENO);
    return e;
}

static int start(const char *const *argv, const struct pipes *p, pid_t *ret, struct pail_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;

    int e = posix_spawn_file_actions_init(&actions);
    if (e)
        return pail_error_os(err, e, "running %s", argv[0]);
    e = posix_spawnattr_init(&attr);
    if (e) {
        posix_spawn_file_actions_destroy(&actions);
        return pail_error_os(err, e, "running %s", argv[0]);
    }
    e = set_attributes(&attr);
    if (e == 0)
        e = set_actions(&actions, p);
    if (e == 0)
        e = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return e ? pail_error_os(err, e, "running %s", argv[0]) : 0;
}

/* ---- Reading ---- */

/* One read. Closes *fd at the end of the pipe. */
static int drain(int *fd, struct pail_buf *to, bool bounded, const char *name,
                 struct pail_error *err)
{
    char chunk[CHUNK];
    ssize_t n = read(*fd, chunk, sizeof(chunk));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n < 0)
        return pail_error_os(err, errno, "reading from %s", name);
    if (n == 0) {
        close_fd(fd);
        return 0;
    }
    size_t room = to->max - to->len, take = (size_t)n < room ? (size_t)n : room;
    pail_buf_append(to, chunk, take);
    explicit_bzero(chunk, (size_t)n);
    if (take < (size_t)n && bounded)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: wrote more than %zu bytes",
                              name, to->max);
    return pail_buf_check(to, name, err);
}

static int timeout_ms(int64_t deadline)
{
    int64_t left = deadline - pail_clock_mono_ns();
    if (left <= 0)
        return 0;
    left = (left + PAIL_NS_PER_MS - 1) / PAIL_NS_PER_MS;
    return left > 3600000 ? 3600000 : (int)left;
}

/* What is in the pipes now, without waiting. */
static int drain_rest(const struct pail_process *p, struct pipes *pipes, struct pail_error *err)
{
    struct pail_buf *to[N_PIPES] = {p->out, p->err};
    for (int i = 0; i < N_PIPES; i++) {
        for (struct pollfd fd = {pipes->read[i], POLLIN, 0};
             fd.fd >= 0 && poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN); fd.fd = pipes->read[i]) {
            int rc = drain(&pipes->read[i], to[i], i == OUT, p->argv[0], err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

/* Until the child has ended and its output is here. pidfd -1: none. */
static int collect(const struct pail_process *p, struct pipes *pipes, int pidfd,
                   struct pail_error *err)
{
    const char *name = p->argv[0];

    while (pidfd >= 0 || pipes->read[OUT] >= 0 || pipes->read[ERR] >= 0) {
        struct pollfd fds[] = {
            {pipes->read[OUT], POLLIN, 0}, {pipes->read[ERR], POLLIN, 0}, {pidfd, POLLIN, 0}};
        if (pail_clock_mono_ns() >= p->deadline_mono_ns)
            return pail_error_set(err, PAIL_D_OS, PAIL_E_DEADLINE, "%s: did not end in time", name);
        if (poll(fds, PAIL_ARRAY_LEN(fds), timeout_ms(p->deadline_mono_ns)) < 0) {
            if (errno == EINTR)
                continue;
            return pail_error_os(err, errno, "waiting for %s", name);
        }
        int rc = 0;
        if (fds[OUT].revents)
            rc = drain(&pipes->read[OUT], p->out, true, name, err);
        if (rc == 0 && fds[ERR].revents)
            rc = drain(&pipes->read[ERR], p->err, false, name, err);
        if (rc == 0 && fds[N_PIPES].revents)
            return drain_rest(p, pipes, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int reap(pid_t pid, const char *name, int *ret_status, struct pail_error *err)
{
    int status;
    pid_t got;
    do {
        got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return pail_error_os(err, errno, "exit status of %s", name);
    *ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

static int run_posix(const struct pail_process *p, int *ret_status, struct pail_error *err)
{
    struct pipes pipes;
    pid_t pid;

    int rc = pipes_open(&pipes, err);
    if (rc == 0)
        rc = start(p->argv, &pipes, &pid, err);
    if (rc < 0) {
        pipes_done(&pipes);
        return rc;
    }
    close_fd(&pipes.write[OUT]);
    close_fd(&pipes.write[ERR]);
    int pidfd = pidfd_open(pid, 0);
    rc = collect(p, &pipes, pidfd, err);
    close_fd(&pidfd);
    pipes_done(&pipes);
    if (rc < 0) {
        kill(pid, SIGKILL);
        int status;
        (void)!reap(pid, p->argv[0], &status, NULL); /* the first error is the one that counts */
        return rc;
    }
    return reap(pid, p->argv[0], ret_status, err);
}

/* ---- Feeding ---- */

/* A file in memory with the text, at its beginning. */
static int input_file(struct pail_bytes in, int *ret, struct pail_error *err)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return pail_error_os(err, errno, "memfd");
    for (size_t done = 0; done < in.len;) {
        ssize_t n = write(fd, (const char *)in.ptr + done, in.len - done);
        if (n < 0 && errno != EINTR) {
            int e = errno;
            close(fd);
            return pail_error_os(err, e, "memfd");
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return pail_error_os(err, errno, "memfd");
    }
    *ret = fd;
    return 0;
}

static int start_fed(const char *const *argv, int fd, pid_t *ret, struct pail_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;

    int e = posix_spawn_file_actions_init(&actions);
    if (e)
        return pail_error_os(err, e, "running %s", argv[0]);
    e = posix_spawnattr_init(&attr);
    if (e) {
        posix_spawn_file_actions_destroy(&actions);
        return pail_error_os(err, e, "running %s", argv[0]);
    }
    e = set_attributes(&attr);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    if (e == 0)
        e = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return e ? pail_error_os(err, e, "running %s", argv[0]) : 0;
}

int pail_process_feed(const char *const *argv, struct pail_bytes in, int *ret_status,
                      struct pail_error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    int fd = -1;
    pid_t pid;

    int rc = input_file(in, &fd, err);
    if (rc < 0)
        return rc;
    /* Ctrl-C is the other program's while it has the terminal. */
    sigaction(SIGINT, &ignore, &before);
    rc = start_fed(argv, fd, &pid, err);
    close_fd(&fd);
    if (rc == 0)
        rc = reap(pid, argv[0], ret_status, err);
    sigaction(SIGINT, &before, NULL);
    return rc;
}

int pail_process_become(const char *path, const char *const *argv, struct pail_error *err)
{
    execvp(path, (char *const *)(uintptr_t)argv); /* which does not change them */
    return pail_error_os(err, errno, "%s", path);
}

static int (*process_run)(const struct pail_process *p, int *ret_status,
                          struct pail_error *err) = run_posix;

void pail_process_set_run(int (*run)(const struct pail_process *p, int *ret_status,
                                     struct pail_error *err))
{
    process_run = run ? run : run_posix;
}

int pail_process_run(const struct pail_process *p, int *ret_status, struct pail_error *err)
{
    return process_run(p, ret_status, err);
}
