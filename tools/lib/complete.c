/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for bash: S3's commands out of their option tables, everything else by asking "pail
 * completer" (service/completer.c).
 *
 * Buckets and prefixes are asked of the service, with the options that are on the line already.
 * Bash breaks words at ':' and '=' and replaces only the last piece, so the word is taken from the
 * line itself, and what bash will not replace is cut off the answers.
 */
#include <string.h>

#include "base/str.h"
#include "tools/lib/opt.h"

static const char head[] =
    "# bash completion for pail; made from its option tables\n"
    "_pail_add() { # lines that begin with what is typed; never expanded, they are not ours\n"
    "    local name\n"
    "    while IFS= read -r name; do\n"
    "        [[ $1$name == \"$cur\"* && $name != *[[:cntrl:]]* ]] && "
    "COMPREPLY+=(\"$(printf %q \"$1$name\")\")\n"
    "    done\n"
    "}\n"
    "_pail_s3() { # what begins with s3://...: buckets, then one level at a time\n"
    "    local base=${cur%\"${cur##*/}\"}\n"
    "    if [[ $cur != s3://* ]]; then\n"
    "        _pail_add s3:// <<<''\n"
    "    elif [[ $base == s3:// ]]; then\n"
    "        _pail_add s3:// < <(pail ls \"${given[@]}\" 2>/dev/null | sed "
    "'s,^.\\{20\\}\\(.*\\),\\1/,')\n"
    "    else\n"
    "        _pail_add \"$base\" < <(pail ls \"${given[@]}\" -- \"$base\" 2>/dev/null |\n"
    "            sed -e 's/^ *PRE //;t' -e 's/^.\\{20\\} *[0-9]* //')\n"
    "    fi\n"
    "    [[ ${#COMPREPLY[@]} == 1 && $COMPREPLY == */ ]] && compopt -o nospace\n"
    "}\n"
    "_pail_ask() { # services, operations and their options are known by the program\n"
    "    local name\n"
    "    while IFS= read -r name; do\n"
    "        [[ \" ${COMPREPLY[*]} \" == *\" $name \"* ]] || COMPREPLY+=(\"$name\")\n"
    "    done < <(\n"
    "        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT pail completer 2>/dev/null)\n"
    "    [[ ${#COMPREPLY[@]} == 0 ]] && compopt -o default\n"
    "}\n"
    "_pail() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} options= values= words= operands= i fixed\n"
    "    local cur=${line##*[[:space:]]} prev=${COMP_WORDS[COMP_CWORD-1]} given=()\n"
    "    COMPREPLY=()\n";

static const char tail[] =
    "    *) _pail_ask; return ;;\n"
    "    esac\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --profile | --region) given+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[i+1]}\") ;;\n"
    "        --endpoint-url) given+=(--endpoint-url \"$(sed 's/.*--endpoint-url[ =]*\\([^ "
    "]*\\).*/\\1/' "
    "<<<\"$line\")\") ;;\n"
    "        --no-sign-request | --no-verify-ssl) given+=(\"${COMP_WORDS[i]}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    case \" $values \" in\n"
    "    *\" $prev:FILE \"*) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n"
    "    *\" $prev:DIR \"*) COMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n"
    "    *\" $prev:\"*) i=${values#*\" $prev:\"}; i=${i%% *}\n"
    "        [[ $i == *,* ]] && COMPREPLY=($(compgen -W \"${i//,/ }\" -- \"$cur\")); return ;;\n"
    "    esac\n"
    "    if [[ $words && $line =~ [[:space:]]-o[[:space:]]*[^[:space:]]*$ ]]; then\n"
    "        compopt -o nospace\n"
    "        COMPREPLY=($(compgen -P \"${cur%\"${cur##*,}\"}\" -W \"$words\" -- \"${cur##*,}\"))\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
    "    else\n"
    "        case $operands in\n"
    "        dir) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
    "        file) [[ $cur == s3:* ]] || { compopt -o filenames; COMPREPLY=($(compgen -f -- "
    "\"$cur\")); } ;;\n"
    "        esac\n"
    "        [[ $operands == s3 || $cur == s3:* ]] && _pail_s3\n"
    "    fi\n"
    "    fixed=${cur%\"${cur##*[:=]}\"}\n"
    "    [[ $COMP_WORDBREAKS == *:* ]] || fixed=\n"
    "    COMPREPLY=(\"${COMPREPLY[@]#\"$fixed\"}\")\n"
    "}\n"
    "complete -F _pail pail\n";

static void option_words(const struct pail_opt *table, bool in_list, struct pail_buf *to)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++)
        if (o->kind != PAIL_OPT_HEADING)
            pail_buf_fmt(to, " %s%s%s", in_list ? "" : "--", o->name,
                         in_list && pail_opt_value_name(o) ? "=" : "");
}

/* " --NAME:WHAT" for options that take a value: WHAT is FILE, DIR, or a,b,c. */
static void option_values(const struct pail_opt *table, struct pail_buf *to)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++) {
        if (o->kind == PAIL_OPT_HEADING || !pail_opt_value_name(o))
            continue;
        pail_buf_fmt(to, " --%s:", o->name);
        if (!o->choices)
            pail_buf_z(to, pail_opt_value_name(o));
        for (size_t i = 0; o->choices && o->choices[i]; i++)
            pail_buf_fmt(to, "%s%s", i ? "," : "", o->choices[i]);
    }
}

static void command_case(const struct pail_command *c, struct pail_buf *to)
{
    pail_buf_fmt(to, "    %s) operands=%s\n        options=\"", c->name,
                 c->complete ? c->complete : "none");
    option_words(c->options, false, to);
    option_words(pail_common_options, false, to);
    pail_buf_z(to, "\"\n        values=\"");
    option_values(c->options, to);
    option_values(pail_common_options, to);
    pail_buf_z(to, " \"\n");
    if (c->mount_options) {
        pail_buf_z(to, "        words=\"");
        option_words(c->mount_options, true, to);
        pail_buf_z(to, "\"\n");
    }
    pail_buf_z(to, "        ;;\n");
}

void pail_opt_complete_bash(const struct pail_command *const *commands, struct pail_buf *to)
{
    pail_buf_z(to, head);
    pail_buf_z(to, "    if [[ $COMP_CWORD == 1 ]]; then\n        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; commands[i]; i++)
        pail_buf_fmt(to, "%s ", commands[i]->name);
    pail_buf_z(
        to, "--help --version\" -- \"$cur\"))\n        _pail_ask\n        return\n    fi\n    case "
            "${COMP_WORDS[1]} in\n");
    for (size_t i = 0; commands[i]; i++)
        command_case(commands[i], to);
    pail_buf_z(to, tail);
}
