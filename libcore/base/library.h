/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/library.h - shared libraries that are loaded when they are first needed.
 *
 * A library that is linked is loaded, with all that it needs in turn, before main() begins; libcurl
 * alone brings thirty others on most systems. What is needed for some work only is therefore opened
 * by the one folder that owns it, when that work comes, and never closed. Its calls go through a
 * table of pointers with the same types as its header declares.
 *
 * The sonames are those of the libraries that the build found (libcore/soname), so that header and
 * library belong together. A build with -Don_demand=false links them as usual and uses none of
 * this.
 */
#ifndef PAIL_BASE_LIBRARY_H
#define PAIL_BASE_LIBRARY_H

#include <pail/error.h>

#include "base/macros.h"
#include "base/thread.h"

struct pail_library {
    const char *soname;
    const char *use;          /* "HTTP requests": goes into the error */
    const char *const *names; /* of its functions */
    size_t n;
};
/* Opens the library and fills `table`, n function pointers in the order of names. All or nothing.
 * PAIL_E_UNSUPPORTED: the library is not there, or lacks a function; the message says which. */
PAIL_CHECK int pail_library_load(const struct pail_library *lib, void *table,
                                 struct pail_error *err);

/* What came of load(), which runs once in the process, by whoever calls first; the others wait for
 * it. load() puts an error into `failure`, where it stays: everybody is told the same. */
struct pail_library_state {
    struct pail_once once;
    struct pail_error failure; /* code 0: loaded */
};
#define PAIL_LIBRARY_STATE_INIT                                                                    \
    {                                                                                              \
        PAIL_ONCE_INIT, PAIL_ERROR_INIT                                                            \
    }
PAIL_CHECK int pail_library_once(struct pail_library_state *state, void (*load)(void),
                                 struct pail_error *err);

/* Tells those who make packages, as a linked library would (the ELF notes of
 * https://uapi-group.org/specifications/specs/elf_dlopen_metadata). All arguments are literals;
 * weight: "required", "recommended" or "suggested". */
#define PAIL_LIBRARY_NOTE(feature, text, weight, soname)                                           \
    PAIL_LIBRARY_NOTE_("[{\"feature\":\"" feature "\",\"description\":\"" text                     \
                       "\",\"priority\":\"" weight "\",\"soname\":[\"" soname "\"]}]")
#define PAIL_LIBRARY_NOTE_(json)                                                                   \
    static const struct {                                                                          \
        uint32_t name_size, json_size, type;                                                       \
        char name[4];                                                                              \
        char data[(sizeof(json) + 3) / 4 * 4];                                                     \
    } library_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {                  \
        4, sizeof(json), 0x407c0c0a, "FDO", json}

#endif
