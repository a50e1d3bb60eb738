/* SPDX-License-Identifier: Apache-2.0 */
/* From a command's words to its end: options, help, what it does, standard output. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <pail/log.h>

#include "base/alloc.h"
#include "base/logging.h"
#include "base/process.h"
#include "base/str.h"
#include "tools/cmd.h"

static void log_line(enum pail_log_level level, enum pail_log_component component, const char *line,
                     void *ud)
{
    (void)ud;
    fprintf(stderr, "pail: %s %s: %s\n", pail_log_level_name(level),
            pail_log_component_name(component), line);
}

int pail_print_text(struct pail_buf *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_buf_check(text, "help", &err);
    if (rc)
        rc = pail_fail("help", &err);
    else
        fputs(pail_buf_cstr(text), stdout);
    pail_buf_done(text);
    return rc;
}

/* ---- Commands that are programs -------------------------------------------------------------- */

int pail_find_program(const char *name, struct pail_buf *ret, struct pail_error *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    struct pail_str dir = pail_strn(self, n > 0 && (size_t)n < sizeof(self) ? (size_t)n : 0);
    size_t slash = pail_str_rfind(dir, '/');
    const char *const places[] = {"", "/" PAIL_PROGRAMS_FROM_BIN, PAIL_PROGRAMS};

    dir.len = slash == SIZE_MAX ? 0 : slash;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(places); i++) {
        pail_buf_reset(ret);
        if (i + 1 < PAIL_ARRAY_LEN(places)) /* seen from here */
            pail_buf_str(ret, dir);
        pail_buf_fmt(ret, "%s/%s", places[i], name);
        int rc = pail_buf_check(ret, name, err);
        if (rc < 0)
            return rc;
        if (access(pail_buf_cstr(ret), X_OK) == 0)
            return 0;
    }
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NOT_FOUND, "the program %s is not installed",
                          pail_buf_cstr(ret));
}

static int become(const struct pail_command *c, int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(2 * PATH_MAX);
    PAIL_AUTOFREE const char **words = pail_calloc((size_t)argc + 2, sizeof(*words));

    int rc = words ? pail_find_program(c->program, &path, &err) : pail_error_nomem(&err);
    if (rc == 0) {
        words[0] = "pail"; /* which is what people look for in a list of processes */
        words[1] = c->name;
        for (int i = 1; i < argc; i++)
            words[i + 1] = argv[i];
        rc = pail_process_become(pail_buf_cstr(&path), words, &err);
    }
    return pail_fail(c->name, &err);
}

int pail_command_run(const struct pail_command *c, int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (c->program)
        return become(c, argc, argv);
    PAIL_AUTOFREE char *options = pail_zalloc(c->options_size);
    if (!options) {
        pail_error_nomem(&err);
        return pail_fail(c->name, &err);
    }
    if (c->init)
        c->init(options);
    int operands = 0;
    if (pail_opt_parse(c, options, argc, argv, &operands, &err))
        return pail_misuse(c->name, "%s", err.message);
    const struct pail_common *common = (const struct pail_common *)(const void *)options;
    if (common->help) {
        struct pail_buf text = PAIL_BUF_INIT(256 << 10);
        pail_opt_help(c, &text);
        return pail_print_text(&text);
    }
    pail_log_set_sink(log_line, NULL);
    pail_log_set_level(common->debug ? PAIL_LOG_DEBUG : PAIL_LOG_ERROR, 0);
    return c->run(options, operands - 1, argv + 1);
}

int pail_command_end(int code)
{
    if ((fflush(stdout) || ferror(stdout)) && !code) {
        fprintf(stderr, "pail: standard output cannot be written\n");
        code = PAIL_EXIT_ERROR;
    }
    return code;
}
