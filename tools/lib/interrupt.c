/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/interrupt.h"

#include <signal.h>
#include <string.h>

/* Written by the handler, which the library's threads do not run (they block signals), read by all:
 * lock-free, and nothing else hangs on its order. */
static _Atomic int came;

static void note(int signo)
{
    came = signo;
}

void pail_interrupt_catch(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action, before;
    memset(&action, 0, sizeof(action));
    action.sa_handler = note;
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

int pail_interrupt_signal(void)
{
    return came;
}

int pail_interrupt_check(struct pail_error *err)
{
    return came ? pail_error_set(err, PAIL_D_OS, PAIL_E_CANCELLED, "interrupted") : 0;
}
