/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion for bash out of the option tables.
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
    "_pail() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} options= values= words= operands= i fixed\n"
    "    local cur=${line##*[[:space:]]} prev=${COMP_WORDS[COMP_CWORD-1]} given=()\n"
    "    COMPREPLY=()\n";

static const char tail[] =
    "    *) return ;;\n"
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

/* The words of names at position n, of commands whose words before it are those of `like`. */
static void next_words(const struct pail_command_group *g, const struct pail_command *like,
                       struct pail_buf *to)
{
    struct pail_str last = {NULL, 0};
    for (size_t i = 0; g->commands[i]; i++) {
        struct pail_str rest = pail_str(g->commands[i]->name), word, of = pail_str(g->name);
        if (like)
            of.len = (size_t)(strrchr(like->name, ' ') - like->name);
        of.ptr = g->commands[i]->name;
        if (like && strncmp(like->name, of.ptr, of.len + 1) != 0)
            continue;
        rest = pail_str_from(rest, of.len + 1);
        pail_str_split(&rest, ' ', &word);
        if (!last.ptr || pail_str_cmp(last, word) != 0)
            pail_buf_fmt(to, "%.*s ", PAIL_STR_ARG(word));
        last = word;
    }
}

/* "iam)": the verbs, then the options of the one that is there. */
static void group_case(const struct pail_command_group *g, struct pail_buf *to)
{
    pail_buf_fmt(to, "    %s) operands=none\n        options=\"", g->name);
    option_words(pail_common_options, false, to);
    pail_buf_z(to, "\"\n        values=\"");
    option_values(pail_common_options, to);
    pail_buf_z(to, " \"\n        if [[ $COMP_CWORD == 2 ]]; then COMPREPLY=($(compgen -W \"");
    next_words(g, NULL, to);
    pail_buf_z(to, "\" -- \"$cur\")); return; fi\n"
                   "        case \"${COMP_WORDS[2]} ${COMP_WORDS[3]}\" in\n");
    for (size_t i = 0; g->commands[i]; i++) {
        const struct pail_command *c = g->commands[i];
        const char *words = c->name + strlen(g->name) + 1;
        bool three = strchr(words, ' ');
        pail_buf_fmt(to, three ? "        \"%s\") options+=\"" : "        \"%s \"*) options+=\"",
                     words);
        option_words(c->options, false, to);
        pail_buf_z(to, "\" values+=\"");
        option_values(c->options, to);
        pail_buf_fmt(to, " \" operands=%s ;;\n", c->complete ? c->complete : "none");
    }
    for (size_t i = 0; g->commands[i]; i++) {
        const char *words = g->commands[i]->name + strlen(g->name) + 1;
        size_t n = strcspn(words, " ");
        bool again = i && strncmp(g->commands[i - 1]->name, g->commands[i]->name,
                                  strlen(g->name) + 2 + n) == 0;
        if (!words[n] || again)
            continue;
        pail_buf_fmt(to, "        \"%.*s \"*) [[ $COMP_CWORD == 3 ]] && COMPREPLY=($(compgen -W \"",
                     (int)n, words);
        next_words(g, g->commands[i], to);
        pail_buf_z(to, "\" -- \"$cur\")); return ;;\n");
    }
    pail_buf_z(to, "        esac\n        ;;\n");
}

void pail_opt_complete_bash(const struct pail_command *const *commands,
                            const struct pail_command_group *const *groups, struct pail_buf *to)
{
    pail_buf_z(to, head);
    pail_buf_z(to, "    if [[ $COMP_CWORD == 1 ]]; then\n        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; commands[i]; i++)
        pail_buf_fmt(to, "%s ", commands[i]->name);
    for (size_t i = 0; groups && groups[i]; i++)
        pail_buf_fmt(to, "%s ", groups[i]->name);
    pail_buf_z(to, "--help --version\" -- \"$cur\"))\n        return\n    fi\n    case "
                   "${COMP_WORDS[1]} in\n");
    for (size_t i = 0; commands[i]; i++)
        command_case(commands[i], to);
    for (size_t i = 0; groups && groups[i]; i++)
        group_case(groups[i], to);
    pail_buf_z(to, tail);
}
