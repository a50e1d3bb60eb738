/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/interrupt.h - Ctrl-C and its like, for commands that have something to tidy up.
 *
 * The first SIGINT, SIGTERM or SIGHUP only sets a flag: waits (lib/flight.h, lib/pipe.h) look at
 * it, cancel what is under way and fail, and the ordinary error path removes temporary files and
 * aborts uploads. The second one ends the process at once. Without pail_interrupt_catch nothing
 * changes.
 */
#ifndef PAIL_TOOLS_INTERRUPT_H
#define PAIL_TOOLS_INTERRUPT_H

#include <pail/error.h>

#include "base/clock.h"

/* How often a wait looks at the flag. */
#define PAIL_INTERRUPT_LOOK_NS (50 * PAIL_NS_PER_MS)

/* Also ignores SIGPIPE: writing to a closed pipe is an error then. A signal that was ignored when
 * the program started (nohup) stays so. */
void pail_interrupt_catch(void);
/* The signal that came; 0: none. Any thread. */
int pail_interrupt_signal(void);
/* 0, or PAIL_E_CANCELLED "interrupted". */
PAIL_CHECK int pail_interrupt_check(struct pail_error *err);

#endif
