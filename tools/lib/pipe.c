/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal that arrives just before read() is entered does not interrupt it, and a terminal or an
 * idle pipe may never end that read. So nothing is read before poll() says that something is there,
 * and poll() has a time limit. Writes are not worth it: their reader goes on or goes away.
 */
#include "tools/lib/pipe.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "tools/lib/interrupt.h"

static int wait_for_input(int fd, const char *name, struct pail_error *err)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int rc = pail_interrupt_check(err);
        if (rc)
            return rc;
        int n = poll(&p, 1, (int)(PAIL_INTERRUPT_LOOK_NS / PAIL_NS_PER_MS));
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return pail_error_os(err, errno, "%s", name);
    }
}

int pail_pipe_read(int fd, const char *name, char *dst, size_t n, size_t *ret_n,
                   struct pail_error *err)
{
    size_t got = 0;
    while (got < n) {
        int rc = wait_for_input(fd, name, err);
        if (rc)
            return rc;
        ssize_t r = read(fd, dst + got, n - got);
        if (r < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (r < 0)
            return pail_error_os(err, errno, "%s", name);
        if (r == 0)
            break;
        got += (size_t)r;
    }
    *ret_n = got;
    return 0;
}

int pail_pipe_write(int fd, const char *name, const char *p, size_t n, struct pail_error *err)
{
    while (n) {
        int rc = pail_interrupt_check(err);
        if (rc)
            return rc;
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return pail_error_os(err, errno, "%s", name);
        p += w;
        n -= (size_t)w;
    }
    return 0;
}
