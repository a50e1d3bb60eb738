# SPDX-License-Identifier: Apache-2.0
# fish: what could come next is asked of the program, which knows every service, operation and option.
function __pail_complete
    set -lx COMP_LINE (commandline -cp)
    pail completer 2>/dev/null
end
complete -c pail -a '(__pail_complete)'
