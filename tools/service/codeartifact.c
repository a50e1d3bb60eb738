/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "codeartifact login": a token and a repository's address put into the configuration of a package
 * manager, by its own commands; twine has none, so that ~/.pypirc is written here.
 */
#include "tools/service/commands.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define WAIT_NS (120 * PAIL_NS_PER_S)
#define PYPIRC_MAX ((size_t)1 << 20)

enum option { TOOL, DOMAIN_NAME, OWNER, NAMESPACE, DURATION, REPOSITORY, DRY_RUN, N_OPTIONS };

struct login {
    struct pail_cli *cli;
    struct pail_arg args[N_OPTIONS + 1];
    const char *token, *endpoint;
    struct pail_time expires;
    struct pail_uri uri;      /* of the endpoint */
    struct pail_str location; /* "host/path/" of it */
};

static int refuse(struct login *l, const char *message)
{
    return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL, pail_str(message));
}

/* 0, or the exit code: no word was lost for want of memory. */
static int whole(struct login *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    return pail_values_check(l->cli->vs, &err) ? pail_cli_error(l->cli, &err) : 0;
}

/* ---- What is said ---------------------------------------------------------------------------- */

/* "11 hours and 59 minutes": the largest unit that is not 0, and the next. */
static void put_remaining(int64_t s)
{
    static const struct {
        const char *name;
        int64_t s;
    } units[] = {{"day", 86400}, {"hour", 3600}, {"minute", 60}};
    bool any = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(units); i++) {
        int64_t n = s / units[i].s;
        s %= units[i].s;
        bool second = any;
        if (n > 0)
            printf("%s%lld %s%s", any ? " and " : "", (long long)n, units[i].name,
                   n == 1 ? "" : "s");
        any = n > 0;
        if (second)
            return;
    }
}

static int succeed(struct login *l, const char *tool)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf at = PAIL_BUF_INIT(64);
    pail_time_isoformat(&at, l->expires);
    for (size_t i = 0; i < at.len; i++)
        if (at.ptr[i] == 'T')
            at.ptr[i] = ' ';
    printf("Successfully configured %s to use AWS CodeArtifact repository %s \nLogin expires in ",
           tool, l->endpoint);
    put_remaining(l->expires.seconds - pail_clock_wall_s() + 30);
    printf(" at %s\n", pail_buf_cstr(&at));
    return 0;
}

/* "Command '['npm', 'x']' returned non-zero exit status 1.", without the token. */
static int failed(struct login *l, const char *const *argv, int status, const struct pail_buf *said)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    pail_buf_z(&text, "Command '[");
    for (size_t i = 0; argv[i]; i++) {
        bool secret = strstr(argv[i], l->token) != NULL;
        pail_buf_z(&text, i ? ", " : "");
        pail_text_repr(&text, pail_str(secret ? "******" : argv[i]));
    }
    pail_buf_fmt(&text, "]' returned non-zero exit status %d.", status);
    struct pail_str err = pail_str_trim(pail_buf_view(said));
    if (err.len)
        pail_buf_fmt(&text, " Stderr from command:\n%.*s", PAIL_STR_ARG(err));
    return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&text));
}

/* ---- Commands of others ---------------------------------------------------------------------- */

/* 0, or an exit code. out may be NULL. */
static int run(struct login *l, const char *tool, const char *const *argv, struct pail_buf *out,
               bool may_fail)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf own = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf said = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_process p = {.argv = argv,
                             .deadline_mono_ns = pail_deadline_after_ns(WAIT_NS),
                             .out = out ? out : &own,
                             .err = &said};
    int status = 0;
    int rc = pail_process_run(&p, &status, &err);
    if (rc && err.os_errno == ENOENT)
        return pail_cli_failf(l->cli, PAIL_EXIT_ERROR, NULL,
                              "%s was not found. Please verify installation.", tool);
    if (rc)
        return pail_cli_error(l->cli, &err);
    return status && !may_fail ? failed(l, argv, status, &said) : 0;
}

static void put_dry(const char *const *argv, const char *end)
{
    for (size_t i = 0; argv[i]; i++)
        printf("%s%s", i ? " " : "", argv[i]);
    fputs(end, stdout);
}

static int run_all(struct login *l, const char *tool, const char *const *const *commands)
{
    bool dry = l->args[DRY_RUN].given;
    int code = whole(l);
    for (size_t i = 0; !code && commands[i]; i++) {
        const char *last = commands[i][3];
        if (dry) {
            put_dry(commands[i], "\n\n");
            continue;
        }
        /* an option that npm has no more */
        code = run(l, tool, commands[i], NULL, last && strstr(last, ":always-auth"));
    }
    return code || dry ? code : succeed(l, tool);
}

static int login_pip(struct login *l)
{
    const char *url = pail_cli_keepf(l->cli, "%.*s://aws:%s@%.*ssimple/",
                                     PAIL_STR_ARG(l->uri.scheme), l->token,
                                     PAIL_STR_ARG(l->location));
    const char *const set[] = {"pip", "config", "set", "global.index-url", url, NULL};
    const char *const *const commands[] = {set, NULL};
    return run_all(l, "pip", commands);
}

/* "@scope" of a namespace; NULL: it cannot be one. */
static const char *scope_of(struct login *l, const char *name)
{
    name += name[0] == '@';
    char c = name[0];
    bool ok = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '~';
    return ok ? pail_cli_keepf(l->cli, "@%s", name) : NULL;
}

static int login_npm(struct login *l)
{
    const char *name = l->args[NAMESPACE].value, *scope = name ? scope_of(l, name) : NULL;
    if (name && !scope)
        return refuse(l, "Invalid scope name, scope must contain URL-safe characters, no leading "
                         "dots or underscores");
    const char *registry = scope ? pail_cli_keepf(l->cli, "%s:registry", scope) : "registry";
    const char *always = pail_cli_keepf(l->cli, "//%.*s:always-auth", PAIL_STR_ARG(l->location));
    const char *token = pail_cli_keepf(l->cli, "//%.*s:_authToken", PAIL_STR_ARG(l->location));
    const char *const set_registry[] = {"npm", "config", "set", registry, l->endpoint, NULL};
    const char *const set_always[] = {"npm", "config", "set", always, "true", NULL};
    const char *const set_token[] = {"npm", "config", "set", token, l->token, NULL};
    const char *const *const commands[] = {set_registry, set_always, set_token, NULL};
    return run_all(l, "npm", commands);
}

/* ---- nuget, dotnet --------------------------------------------------------------------------- */

/* The name in "  1.  nuget.org [Enabled]"; ptr NULL: it is no such line. */
static struct pail_str source_name(struct pail_str line)
{
    size_t n = 0;
    while (n < line.len && line.ptr[n] >= '0' && line.ptr[n] <= '9')
        n++;
    size_t bracket = pail_str_rfind(line, '[');
    if (!n || n >= line.len || line.ptr[n] != '.' || bracket == SIZE_MAX || bracket < n + 2 ||
        pail_str_find(pail_str_from(line, bracket), ']') == SIZE_MAX)
        return pail_strn(NULL, 0);
    return pail_str_trim(pail_str_sub(line, n + 1, bracket - n - 1));
}

/* The source with this URL, else the one called `name`; NULL: neither is there. */
static const char *find_source(struct login *l, struct pail_str list, const char *url,
                               const char *name)
{
    const char *found = NULL;
    struct pail_str line, last = {NULL, 0};
    while (pail_str_split(&list, '\n', &line)) {
        line = pail_str_trim(line);
        if (!line.len)
            continue;
        if (last.ptr && pail_str_eqz(line, url))
            return pail_cli_keep(l->cli, last);
        last = source_name(line);
        if (last.ptr && pail_str_eqz(last, name))
            found = name;
    }
    return found;
}

static int login_nuget(struct login *l, bool dotnet)
{
    static const char *const list_nuget[] = {"nuget",   "sources",  "list",
                                             "-format", "detailed", NULL};
    static const char *const list_dotnet[] = {"dotnet",   "nuget",    "list", "source",
                                              "--format", "detailed", NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf sources = PAIL_BUF_INIT(1 << 20);
    const char *url = pail_cli_keepf(l->cli, "%sv3/index.json", l->endpoint);
    const char *own = pail_cli_keepf(l->cli, "%s/%s", l->args[DOMAIN_NAME].value,
                                     l->args[REPOSITORY].value);
    const char *tool = dotnet ? "dotnet" : "nuget";
    int code = run(l, tool, dotnet ? list_dotnet : list_nuget, &sources, false);
    if (code)
        return code;
    const char *name = find_source(l, pail_buf_view(&sources), url, own);
    const char *verb = name ? "update" : "add";
    const char *const set_nuget[] = {"nuget",   "sources", verb,        "-name", name ? name : own,
                                     "-source", url,       "-username", "aws",   "-password",
                                     l->token,  NULL};
    const char *const set_dotnet[] = {"dotnet",
                                      "nuget",
                                      verb,
                                      "source",
                                      name ? name : url,
                                      name ? "--source" : "--name",
                                      name ? url : own,
                                      "--username",
                                      "aws",
                                      "--password",
                                      l->token,
                                      "--store-password-in-clear-text",
                                      NULL};
    const char *const *set = dotnet ? set_dotnet : set_nuget;
    code = whole(l);
    if (code)
        return code;
    if (l->args[DRY_RUN].given) {
        put_dry(set, "\n");
        return 0;
    }
    code = run(l, tool, set, NULL, false);
    if (code) {
        printf("Failed to update the NuGet.Config\n");
        return code;
    }
    printf(name ? "Updated source %s in the NuGet.Config\n"
                : "Added source %s to the user level NuGet.Config\n",
           name ? name : own);
    return succeed(l, "nuget");
}

/* ---- twine ----------------------------------------------------------------------------------- */

/* A section of the file: its lines, with those that we set taken out. */
struct pypirc {
    struct login *l;
    struct pail_buf out;
    bool index_servers, listed, in_servers, in_ours, had_ours;
};

static void put_ours(struct pypirc *p)
{
    pail_buf_fmt(&p->out, "repository: %s\nusername: aws\npassword: %s\n", p->l->endpoint,
                 p->l->token);
}

static void end_servers(struct pypirc *p)
{
    if (p->in_servers && !p->listed)
        pail_buf_z(&p->out, "\tcodeartifact\n");
    p->in_servers = false;
}

static bool is_key(struct pail_str line, const char *key)
{
    size_t n = strlen(key);
    struct pail_str rest = pail_str_trim(pail_str_from(line, n));
    return pail_str_starts(line, pail_str(key)) && rest.len &&
           (rest.ptr[0] == '=' || rest.ptr[0] == ':');
}

/* The file with our server in its list and a section of ours; everything else stays. */
static void rewrite_line(struct pypirc *p, struct pail_str line)
{
    struct pail_str s = pail_str_trim(line);
    bool goes_on = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t') && s.len;
    if (p->in_servers && goes_on)
        p->listed = p->listed || pail_str_eqz(s, "codeartifact");
    if (!goes_on)
        end_servers(p);
    if (s.len && s.ptr[0] == '[') {
        p->in_ours = pail_str_eqz(s, "[codeartifact]");
        p->had_ours = p->had_ours || p->in_ours;
        pail_buf_fmt(&p->out, "%.*s\n", PAIL_STR_ARG(line));
        if (p->in_ours)
            put_ours(p);
        return;
    }
    if (p->in_ours &&
        (is_key(line, "repository") || is_key(line, "username") || is_key(line, "password")))
        return;
    if (is_key(line, "index-servers"))
        p->index_servers = p->in_servers = true;
    pail_buf_fmt(&p->out, "%.*s\n", PAIL_STR_ARG(line));
}

static int login_twine(struct login *l)
{
    struct pypirc p = {.l = l, .out = PAIL_BUF_INIT(PYPIRC_MAX)};
    const char *path = pail_cli_expand(l->cli, "~/.pypirc");
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_str text = {NULL, 0}, line;
    int rc = 0, code = 0;
    if (!path)
        return pail_cli_nomem(l->cli);
    if (pail_is_file(path)) {
        rc = pail_cli_read_file(l->cli, path, PYPIRC_MAX / 2, &text, &err);
        while (text.len && text.ptr[text.len - 1] == '\n')
            text.len--;
        while (!rc && pail_str_split(&text, '\n', &line))
            rewrite_line(&p, line);
        end_servers(&p);
        if (!rc && !p.index_servers) {
            printf("%s is in an invalid state.\n", path);
            code = refuse(l, "No section: 'distutils'");
        }
        if (!p.had_ours)
            pail_buf_z(&p.out, "\n[codeartifact]\n");
    } else {
        pail_buf_z(&p.out, "[distutils]\nindex-servers = \n\tpypi\n\tcodeartifact\n\n"
                           "[codeartifact]\n");
    }
    if (!p.had_ours)
        put_ours(&p);
    pail_buf_char(&p.out, '\n');
    if (!rc)
        rc = pail_buf_check(&p.out, path, &err);
    if (!rc && !code && l->args[DRY_RUN].given)
        printf("Dryrun mode is enabled, not writing to pypirc.\n%s would have been set to the "
               "following:\n\n%s\n",
               path, pail_buf_cstr(&p.out));
    else if (!rc && !code)
        rc = pail_file_write_all(path, (struct pail_bytes){p.out.ptr, p.out.len}, 0600, &err);
    pail_buf_done(&p.out);
    if (rc || code || l->args[DRY_RUN].given)
        return rc ? pail_cli_error(l->cli, &err) : code;
    return succeed(l, "twine");
}

/* ---- swift ----------------------------------------------------------------------------------- */

static int login_swift(struct login *l)
{
    const char *scope = l->args[NAMESPACE].value;
    const char *const set_plain[] = {"swift", "package-registry", "set", l->endpoint, NULL};
    const char *const set_scope[] = {
        "swift", "package-registry", "set", l->endpoint, "--scope", scope, NULL};
    const char *const login[] = {"swift",        "package-registry",
                                 "login",        pail_cli_keepf(l->cli, "%slogin", l->endpoint),
                                 "--token",      l->token,
                                 "--no-confirm", NULL};
    const char *const *const commands[] = {scope ? set_scope : set_plain, login, NULL};
    return run_all(l, "swift", commands);
}

/* ---- The command ----------------------------------------------------------------------------- */

static int ask(struct login *l, const char *format)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_result *token = NULL, *place = NULL;
    struct pail_values *vs = l->cli->vs;
    int64_t seconds = 0;
    int code = pail_cli_int(l->cli, &l->args[DURATION], &seconds);
    if (code)
        return code;
    struct pail_value *p = pail_value_form(vs, "domain: %s, domainOwner: %s",
                                           l->args[DOMAIN_NAME].value, l->args[OWNER].value);
    if (seconds)
        pail_value_set(vs, p, PAIL_STR("durationSeconds"), pail_value_int(vs, seconds));
    int rc = pail_cli_client(l->cli, "codeartifact", NULL, PAIL_ENDPOINT_OWN, &client, &err);
    if (!rc)
        rc = pail_call(client, "GetAuthorizationToken", p, &token, &err);
    if (!rc)
        rc = pail_callf(client, &place, &err, "GetRepositoryEndpoint",
                        "domain: %s, repository: %s, format: %s, domainOwner: %s",
                        l->args[DOMAIN_NAME].value, l->args[REPOSITORY].value, format,
                        l->args[OWNER].value);
    if (!rc) {
        l->token = pail_cli_keepf(l->cli, "%s",
                                  pail_text_at(pail_result_value(token), "authorizationToken"));
        l->endpoint = pail_cli_keepf(l->cli, "%s",
                                     pail_text_at(pail_result_value(place), "repositoryEndpoint"));
        (void)pail_value_as_time(pail_result_find(token, "expiration"), &l->expires);
        rc = pail_values_check(vs, &err);
    }
    if (!rc)
        rc = pail_uri_parse(pail_str(l->endpoint), &l->uri, &err);
    if (!rc) {
        struct pail_str s = pail_str(l->endpoint);
        size_t after = pail_str_find_str(s, PAIL_STR("://"));
        l->location = pail_str_from(s, after + 3);
    }
    pail_result_free(token);
    pail_result_free(place);
    pail_client_unref(client);
    return rc ? pail_cli_error(l->cli, &err) : 0;
}

int pail_codeartifact_login_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const tools[] = {"swift", "nuget", "dotnet", "npm", "pip", "twine", NULL};
    struct login l = {.cli = cli,
                      .args = {[TOOL] = {.name = "--tool", .required = true, .choices = tools},
                               [DOMAIN_NAME] = {.name = "--domain", .required = true},
                               [OWNER] = {.name = "--domain-owner"},
                               [NAMESPACE] = {.name = "--namespace"},
                               [DURATION] = {.name = "--duration-seconds"},
                               [REPOSITORY] = {.name = "--repository", .required = true},
                               [DRY_RUN] = {.name = "--dry-run", .take = PAIL_ARG_NONE}}};
    int code = pail_cli_args_read(cli, words, l.args);
    if (code)
        return code;
    const char *tool = l.args[TOOL].value;
    bool npm = strcmp(tool, "npm") == 0, swift = strcmp(tool, "swift") == 0;
    bool dotnet = strcmp(tool, "dotnet") == 0, nuget = strcmp(tool, "nuget") == 0;
    code = ask(&l, npm || swift ? tool : nuget || dotnet ? "nuget" : "pypi");
    if (code)
        return code;
    if (l.args[NAMESPACE].value && !npm && !swift)
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                              "Argument --namespace is not supported for %s", tool);
    return npm                        ? login_npm(&l)
           : swift                    ? login_swift(&l)
           : nuget || dotnet          ? login_nuget(&l, dotnet)
           : strcmp(tool, "pip") == 0 ? login_pip(&l)
                                      : login_twine(&l);
}
