/* SPDX-License-Identifier: Apache-2.0 */
/* pail-mount: "pail mount" executes it with the same words, its own name being "pail mount" too. */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/mount.h"

int main(int argc, char **argv)
{
    struct pail_command mount = pail_cmd_mount;

    if (argc < 2 || strcmp(argv[1], mount.name) != 0) {
        fprintf(stderr, "pail-mount: is started by \"pail mount\"\n");
        return PAIL_EXIT_USAGE;
    }
    mount.program = NULL;
    mount.run = pail_mount_serve;
    return pail_command_end(pail_command_run(&mount, argc - 1, argv + 1));
}
