/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every provider that asks a service, through every fate: one row each, one session a column.
 *
 *                 success  refresh   expiry    malformed answer         timeout
 *                          (10 min   (ended)   at once | at a refresh   at once | at a refresh
 *                          left)               | after the end          | after the end
 *   imds          keys     new keys  new keys  none | old | old (1)     none | old | old (1)
 *   container     keys     new keys  new keys  error | old | error      error | old | error
 *   sso           keys     new keys  new keys  error | old | error      error | old | error
 *   assume-role   keys     new keys  new keys  error | old | error      error | old | error
 *   web identity  keys     new keys  new keys  error | old | error      error | old | error
 *
 * (1) static stability. Elsewhere: what the others of the chain do, which ask nobody:
 * test-provider.c (process: its failures and its deadline); login, whose answers depend on a key:
 * test-login.c; renewed tokens of SSO: test-sso.c; many threads: test-cached.c.
 */
#include "auth/provider.h"

#include "unit/auth/scripted.h"
#include "unit/auth/still.h"
#include "unit/test.h"

#define MINUTE 60
#define HOUR 3600
#define AFTER_1H "2023-11-14T23:13:20Z"
#define AFTER_2H "2023-11-15T00:13:20Z"
#define AFTER_9H "2023-11-15T07:13:20Z"

/* ---- The providers ---- */

#define JSON(key, expires)                                                                         \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" key "\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"," \
    "\"Expiration\":\"" expires "\"}"
#define PORTAL(key, expires_ms)                                                                    \
    "{\"roleCredentials\":{\"accessKeyId\":\"" key "\",\"secretAccessKey\":\"S\","                 \
    "\"sessionToken\":\"T\",\"expiration\":" expires_ms "}}"
#define STS(action, key, expires)                                                                  \
    "<" action "Response><" action "Result><AssumedRoleUser><Arn>arn:aws:sts::111122223333:"       \
    "assumed-role/x/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId></AssumedRoleUser><Credentials>"   \
    "<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T"        \
    "</SessionToken><Expiration>" expires "</Expiration></Credentials></" action                   \
    "Result></" action "Response>"
#define ARN "arn:aws:iam::111122223333:role/r"
#define IMDS "http://169.254.169.254/latest/"

static void home_imds(void)
{
    home_set("AWS_EC2_METADATA_DISABLED", NULL);
}

static void home_container(void)
{
    home_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/creds");
}

static void home_sso(void)
{
    home_file(".aws/config",
              "[default]\nsso_session = corp\nsso_account_id = 111122223333\n"
              "sso_role_name = Dev\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/"
              "start\nsso_region = eu-west-1\n");
    home_file(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
              "{\"startUrl\": \"https://corp.awsapps.com/start\", \"region\": \"eu-west-1\", "
              "\"accessToken\": \"TOK\", \"expiresAt\": \"2024-01-01T00:00:00Z\"}");
}

static void home_role(void)
{
    home_file(".aws/config", "[default]\nrole_arn = " ARN "\nsource_profile = base\n"
                             "[profile base]\naws_access_key_id = AKID\n"
                             "aws_secret_access_key = SK\n");
}

static void home_web(void)
{
    home_file("token", "JWT.TOKEN\n");
    home_set("AWS_WEB_IDENTITY_TOKEN_FILE", home_path("token"));
    home_set("AWS_ROLE_ARN", ARN);
}

static const struct provider {
    const char *name;
    void (*home)(void);
    struct script before[2]; /* what is asked first, and answered always */
    const char *asked;       /* for keys */
    const char *answers[3];  /* ONE, for an hour; TWO, for the next; THREE, for long */
    bool stable;             /* used beyond its end */
} providers[] = {
    {"imds",
     home_imds,
     {{"PUT " IMDS "api/token", 200, "TOKEN"}},
     "GET " IMDS "meta-data/iam/security-credentials/r",
     {JSON("ONE", AFTER_1H), JSON("TWO", AFTER_2H), JSON("THREE", AFTER_9H)},
     true},
    {"container",
     home_container,
     {{NULL}},
     "GET http://169.254.170.2/creds",
     {JSON("ONE", AFTER_1H), JSON("TWO", AFTER_2H), JSON("THREE", AFTER_9H)},
     false},
    {"sso",
     home_sso,
     {{NULL}},
     "GET https://portal.sso.eu-west-1.amazonaws.com/federation/credentials",
     {PORTAL("ONE", "1700003600000"), PORTAL("TWO", "1700007200000"),
      PORTAL("THREE", "1700032400000")},
     false},
    {"assume-role",
     home_role,
     {{NULL}},
     "POST https://sts.us-east-1.amazonaws.com/",
     {STS("AssumeRole", "ONE", AFTER_1H), STS("AssumeRole", "TWO", AFTER_2H),
      STS("AssumeRole", "THREE", AFTER_9H)},
     false},
    {"web identity",
     home_web,
     {{NULL}},
     "POST https://sts.us-east-1.amazonaws.com/",
     {STS("AssumeRoleWithWebIdentity", "ONE", AFTER_1H),
      STS("AssumeRoleWithWebIdentity", "TWO", AFTER_2H),
      STS("AssumeRoleWithWebIdentity", "THREE", AFTER_9H)},
     false},
};

/* ---- A session ---- */

static struct script rules[8];
static const struct provider *now;
static struct pail_provider *cached; /* as the session has it, but without pauses between tries */

static struct pail_session *begin(const struct provider *p, const struct script *answers, size_t n)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    size_t i = 0;

    now = p;
    (void)nftw(home_path(".aws"), home_remove, 8, FTW_DEPTH | FTW_PHYS);
    home_clear();
    home_set("AWS_REGION", "us-east-1");
    home_set("AWS_EC2_METADATA_DISABLED", "true");
    p->home();
    still.now_s = STILL_START_S;
    memset(rules, 0, sizeof(rules));
    if (p->before[0].what)
        rules[i++] = p->before[0];
    for (size_t k = 0; k < n; k++) {
        rules[i] = answers[k];
        rules[i++].what = p->asked;
    }
    if (p->stable) /* the instance's role has a name */
        rules[i++] = (struct script){"GET " IMDS "meta-data/iam/security-credentials/", 200, "r"};
    opt.max_attempts = 1;
    assert_ok(scripted_session(&opt, rules, &s, &err), &err);
    struct pail_chain_options o = {
        .config = pail_session_config(s),
        .profile = PAIL_STR("default"),
        .net = {pail_session_engine(s), pail_session_settings(s), "us-east-1", 1},
    };
    struct pail_cached_options keep = {.keep_until_expired = true};
    struct pail_provider *chain = NULL;
    assert_ok(pail_provider_chain(&o, &chain, &err), &err);
    assert_ok(pail_provider_cached(chain, &keep, &cached, &err), &err);
    (void)pail_provider_unref(chain);
    return s;
}

static void end(struct pail_session *s)
{
    (void)pail_provider_unref(cached);
    (void)pail_session_unref(s);
}

/* The key, or "": an error, which is one that a user can do something about. */
static const char *key_after(int64_t seconds)
{
    static char key[64];
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;

    still.now_s = STILL_START_S + seconds;
    int rc = pail_provider_fetch(cached, false, &c, &err);
    key[0] = '\0';
    if (rc < 0) {
        if (!err.message[0] || rc == PAIL_E_INTERNAL || rc == PAIL_E_NOMEM)
            fail_msg("%s: %s: %s", now->name, pail_code_name(rc), err.message);
        return key;
    }
    pail_credentials_get(c, &f);
    snprintf(key, sizeof(key), "%.*s", PAIL_STR_ARG(f.access_key));
    (void)pail_credentials_unref(c);
    return key;
}

static void expect(int64_t seconds, const char *key)
{
    const char *got = key_after(seconds);
    if (strcmp(got, key) != 0)
        fail_msg("%s after %lld s: \"%s\", expected \"%s\"\n%s", now->name, (long long)seconds, got,
                 key, scripted.log);
}

/* ---- The columns ---- */

static void test_good(void **state)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(providers); i++) {
        const struct provider *p = &providers[i];
        const struct script answers[] = {{NULL, 200, p->answers[0], .times = 1},
                                         {NULL, 200, p->answers[1], .times = 1},
                                         {NULL, 200, p->answers[2], .times = 1}};
        struct pail_session *s = begin(p, answers, 3);
        expect(0, "ONE");
        expect(30 * MINUTE, "ONE");
        expect(50 * MINUTE, "TWO");
        expect(51 * MINUTE, "TWO");
        expect(3 * HOUR, "THREE");
        expect(4 * HOUR, "THREE");
        end(s);
    }
}

static void fails(int status, const char *body)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(providers); i++) {
        const struct provider *p = &providers[i];
        const struct script bad[] = {{NULL, status, body}};
        struct pail_session *s = begin(p, bad, 1);
        expect(0, "");
        end(s);
        /* Later: what there is does as long as it lasts, and it is asked for again. */
        const struct script later[] = {{NULL, 200, p->answers[0], .times = 1},
                                       {NULL, status, body}};
        s = begin(p, later, 2);
        expect(0, "ONE");
        expect(46 * MINUTE, "ONE");
        struct script *bad_rule = &rules[p->before[0].what ? 2 : 1];
        bad_rule->status = 200;
        bad_rule->body = p->answers[1];
        expect(58 * MINUTE, "TWO");
        end(s);
        s = begin(p, later, 2);
        expect(0, "ONE");
        expect(50 * MINUTE, "ONE");
        expect(2 * HOUR, p->stable ? "ONE" : "");
        end(s);
    }
}

static void test_malformed(void **state)
{
    static const char *const bodies[] = {"",
                                         "nonsense",
                                         "{}",
                                         "[1]",
                                         "<a/>",
                                         "{\"AccessKeyId\":",
                                         "<AssumeRoleResponse><AssumeRoleResult/>"
                                         "</AssumeRoleResponse>"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bodies); i++)
        fails(200, bodies[i]);
    fails(500, "<html>");
}

static void test_timeout(void **state)
{
    fails(-1, "no answer");
    fails(0, "no connection");
}

PAIL_TEST_MAIN(still_test(test_good), still_test(test_malformed), still_test(test_timeout))
