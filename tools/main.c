/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail: finds the command, parses its options, runs it. Also started as mount.pail or
 * mount.fuse.pail by mount(8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "tools/cmd.h"
#include "tools/curated/curated.h"
#include "tools/service/cli.h"

const struct pail_command *const pail_commands[] = {
#ifdef PAIL_HAVE_MOUNT
    &pail_cmd_mount,   &pail_cmd_unmount,
#endif
    &pail_cmd_ls,      &pail_cmd_cp,      &pail_cmd_mv, &pail_cmd_sync,
    &pail_cmd_cat,     &pail_cmd_rm,      &pail_cmd_mb, &pail_cmd_rb,
    &pail_cmd_presign, &pail_cmd_doctor,  NULL,
};

static int usage(FILE *to)
{
    fprintf(to, "usage: pail COMMAND [OPTIONS] ...\n\nAmazon S3 as directories, and as "
                "commands.\n\nCommands\n");
    for (size_t i = 0; pail_commands[i]; i++)
        fprintf(to, "  %-10s %s\n", pail_commands[i]->name, pail_commands[i]->summary);
    fprintf(to,
            "\n\"pail COMMAND --help\" tells the rest of a command. \"pail --version\" tells "
            "the version.\n\nEvery service of AWS: pail SERVICE OPERATION [OPTIONS] ..., as with "
            "the AWS CLI.\n\"pail help\" lists the services, \"pail SERVICE help\" a "
            "service's operations,\nand those of iam, ec2 and ses for everyday work.\n");
    return to == stdout ? 0 : PAIL_EXIT_USAGE;
}

const struct pail_command *pail_command_find(const char *name)
{
    for (size_t i = 0; pail_commands[i]; i++)
        if (strcmp(pail_commands[i]->name, name) == 0)
            return pail_commands[i];
    return NULL;
}

/* For the build: pages and completion come from the tables. */
static int generate(int argc, char **argv)
{
    struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    if (argc == 3 && strcmp(argv[1], "--man") == 0 && pail_command_find(argv[2]))
        pail_opt_man(pail_command_find(argv[2]), &text);
    else if (argc == 3 && strcmp(argv[1], "--man") == 0 && pail_curated_group(argv[2]))
        pail_opt_man_group(pail_curated_group(argv[2]), &text);
    else if (argc == 3 && strcmp(argv[1], "--completion") == 0 && strcmp(argv[2], "bash") == 0)
        pail_opt_complete_bash(pail_commands, &text);
    else
        return usage(stderr);
    return pail_print_text(&text);
}

/* mount(8) calls "mount.TYPE SOURCE DIR [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE]". */
static int run_as_mount_helper(int argc, char **argv)
{
    int n = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-t") == 0 || strcmp(argv[i], "-N") == 0) {
            i++;
        } else if (strcmp(argv[i], "-f") == 0) {
            return 0; /* only pretend */
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            argv[n++] = argv[i++];
            argv[n++] = argv[i];
        } else if (argv[i][0] == '-' && strspn(argv[i] + 1, "snv") == strlen(argv[i] + 1) &&
                   argv[i][1]) {
            continue;
        } else {
            argv[n++] = argv[i];
        }
    }
    argv[n] = NULL;
    const struct pail_command *mount = pail_command_find("mount");
    return mount ? pail_command_run(mount, n, argv)
                 : pail_misuse("mount", "this build has no file system");
}

static int version(void)
{
    printf("pail %s\n", pail_version());
    return 0;
}

static int services(int argc, char **argv)
{
    return pail_cli_run((const char *const *)argv + 1, argc ? (size_t)argc - 1 : 0);
}

/* "help ls"; "help ec2 run-instances" is "ec2 run-instances help". */
static int help(int argc, char **argv)
{
    static char last[] = "help";
    const struct pail_command *c = argc > 2 ? pail_command_find(argv[2]) : NULL;
    if (!c) {
        for (int i = 1; i + 1 < argc; i++)
            argv[i] = argv[i + 1];
        argv[argc - 1] = last;
        return services(argc, argv);
    }
    struct pail_buf text = PAIL_BUF_INIT(256 << 10);
    pail_opt_help(c, &text);
    return pail_print_text(&text);
}

static int dispatch(int argc, char **argv)
{
    static char asked[] = "completer";
    char *completer[] = {NULL, asked, NULL};
    const char *base = argc ? strrchr(argv[0], '/') : NULL;
    base = base ? base + 1 : argc ? argv[0] : "pail";
    if (strncmp(base, "mount.", 6) == 0)
        return run_as_mount_helper(argc, argv);
    if (strcmp(base, "pail_completer") == 0)
        return services(2, completer);
    const char *word = argc < 2 ? "" : argv[1];
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return version();
    if (strcmp(word, "help") == 0)
        return help(argc, argv);
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return usage(stdout);
    if (strcmp(word, "--man") == 0 || strcmp(word, "--completion") == 0)
        return generate(argc, argv);
    const struct pail_command *c = pail_command_find(word);
    return c ? pail_command_run(c, argc - 1, argv + 1) : services(argc, argv);
}

int main(int argc, char **argv)
{
    int code = pail_command_end(dispatch(argc, argv));
#ifdef NDEBUG
    /* Nothing of ours is left to be done, and what the libraries have to free is the system's in a
     * moment anyhow. Builds that look for leaks end the long way. */
    fflush(NULL);
    _exit(code);
#endif
    return code;
}
