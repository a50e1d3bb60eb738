/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml.h"

#include "unit/test.h"
#include "unit/torture.h"

/* Writes each event down: "(path" for open, "path=text;" for a leaf, ")path" for close. */
static int note_open(void *ud, struct pail_str path, struct pail_error *err)
{
    pail_buf_fmt(ud, "(%.*s ", PAIL_STR_ARG(path));
    return 0;
}

static int note_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    pail_buf_str(ud, path);
    pail_buf_char(ud, '=');
    pail_buf_str(ud, text);
    pail_buf_char(ud, ';');
    return 0;
}

static int note_close(void *ud, struct pail_str path, struct pail_error *err)
{
    pail_buf_fmt(ud, ")%.*s ", PAIL_STR_ARG(path));
    return 0;
}

static const struct pail_xml_handler note = {note_open, note_leaf, note_close};

static void assert_events(const char *text, const char *events)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(pail_xml_parse(pail_str(text), "test", 1000, &note, &b, &err), &err);
    assert_str(pail_buf_view(&b), events);
}

static void test_events(void **state)
{
    assert_events("<R><A><B>x</B></A></R>", "(R (R/A R/A/B=x;)R/A )R ");
    assert_events("<R/>", "R=;");
    assert_events("\xef\xbb\xbf<R/>", "R=;");
    assert_events("<R></R>", "R=;");
    assert_events("<R> \n</R>", "R= \n;");
    assert_events("<R>\n  <A> x </A>\n  <A/>\n</R>\n", "(R R/A= x ;R/A=;)R ");
    assert_events(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><R>a<!-- c -->b<?p i?>c</R>",
        "R=abc;");
}

static void test_text(void **state)
{
    assert_events("<R>&lt;&amp;&gt;&quot;&apos;&#228;&#xe4;&#10;</R>",
                  "R=<&>\"'\xc3\xa4\xc3\xa4\n;");
    assert_events("<R>a<![CDATA[<b>&amp;]]>c</R>", "R=a<b>&amp;c;");
    assert_events("<R>a\r\nb\rc</R>", "R=a\nb\nc;");
    assert_events("<R>one<B/>two<C> </C>three</R>", "(R R/B=;R/C= ;)R ");
    /* The declared encoding does not count. */
    assert_events("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><R>\xc3\xa4</R>", "R=\xc3\xa4;");
}

static void test_names(void **state)
{
    assert_events(
        "<R xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" a=\"&lt;\"><A b='c'>x</A></R>",
        "(R R/A=x;)R ");
    assert_events("<n:R xmlns:n=\"u\"><n:A n:t=\"v\">x</n:A></n:R>", "(R R/A=x;)R ");
    assert_events("<R><G xmlns:xsi=\"u\" xsi:type=\"CanonicalUser\"><ID>1</ID></G></R>",
                  "(R (R/G R/G/ID=1;)R/G )R ");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "<R>",
        "<R></S>",
        "<R><A></R></A>",
        "<R/><S/>",
        "<R/>x",
        "<R>&nope;</R>",
        "<R>&#1;</R>",
        "<R>&#0;</R>",
        "<R>&#xd800;</R>",
        "<R>\x01</R>",
        "<R>\xff</R>",
        "<R>\xc3</R>",
        "<R>a & b</R>",
        "<R>]]></R>",
        "<R a=1/>",
        "<R a='1' a='2'/>",
        "<!DOCTYPE R><R/>",
        "<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R>&x;</R>",
        "<!DOCTYPE R [<!ENTITY x \"y\">]><R>&x;</R>",
        "<!DOCTYPE R [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\">%p;]><R/>",
        "{\"not\": \"xml\"}",
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);
        assert_code(pail_xml_parse(pail_str(bad[i]), "test", 100, &note, &b, &err), PAIL_E_PARSE);
        assert_int_equal(err.code, PAIL_E_PARSE);
        assert_int_equal(strncmp(err.message, "test: line 1: ", 14), 0);
        assert_null(strchr(err.message, '\n'));
    }
    assert_code(pail_xml_parse(pail_strn("\xff\xfe<\0R\0/\0>\0", 10), "test", 9, &note, NULL, NULL),
                PAIL_E_PARSE);
    assert_code(pail_xml_parse(pail_strn("<\0R\0/\0>\0", 8), "test", 9, &note, NULL, NULL),
                PAIL_E_PARSE);
    assert_code(pail_xml_parse(pail_strn("<R>\0</R>", 8), "test", 100, &note, NULL, NULL),
                PAIL_E_PARSE);
}

static void test_message(void **state)
{
    static const struct pail_xml_handler deaf = {NULL};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(
        pail_xml_parse(PAIL_STR("<R>\n\n<A></B></R>"), "ListObjectsV2", 100, &deaf, NULL, &err),
        PAIL_E_PARSE);
    assert_int_equal(strncmp(err.message, "ListObjectsV2: line 3: ", 23), 0);
    err = (struct pail_error)PAIL_ERROR_INIT;
    assert_code(pail_xml_parse(PAIL_STR("<!DOCTYPE R><R/>"), "x", 100, &deaf, NULL, &err),
                PAIL_E_PARSE);
    assert_string_equal(err.message, "x: line 1: a document type is not allowed");
}

static void test_depth(void **state)
{
    static const struct pail_xml_handler deaf = {NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    for (size_t depth = 64; depth <= 65; depth++) {
        pail_buf_reset(&b);
        for (size_t i = 0; i < depth; i++)
            pail_buf_z(&b, "<a>");
        for (size_t i = 0; i < depth; i++)
            pail_buf_z(&b, "</a>");
        assert_code(pail_xml_parse(pail_buf_view(&b), "test", 10, &deaf, NULL, NULL),
                    depth == 64 ? 0 : PAIL_E_PARSE);
    }
}

static void test_text_limit(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    assert_ok(pail_xml_parse(PAIL_STR("<R><A>12345</A></R>"), "test", 5, &note, &b, &err), &err);
    /* Blanks between elements are nobody's text. */
    assert_ok(pail_xml_parse(PAIL_STR("<R>            <A>1</A>            </R>"), "test", 5, &note,
                             &b, &err),
              &err);
    assert_code(pail_xml_parse(PAIL_STR("<R><A>123456</A></R>"), "test", 5, &note, &b, &err),
                PAIL_E_TOO_BIG);
    assert_code(pail_xml_parse(PAIL_STR("<R><A>123&lt;56</A><B/></R>"), "test", 5, &note, &b, &err),
                PAIL_E_TOO_BIG);
}

/* libxml2 hands long texts over in pieces. */
static void test_long_text(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf events = PAIL_BUF_INIT(1 << 20);

    pail_buf_z(&text, "<R>");
    for (int i = 0; i < 20000; i++)
        pail_buf_z(&text, "0123456789\xc3\xa4\n");
    pail_buf_z(&text, "</R>");
    assert_ok(pail_xml_parse(pail_buf_view(&text), "test", 1 << 20, &note, &events, NULL), NULL);
    assert_int_equal(events.len, 20000 * 13 + 3);
    assert_memory_equal(events.ptr + 2, text.ptr + 3, 20000 * 13);
}

static int say_no(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    int *calls = ud;

    ++*calls;
    if (pail_str_eqz(path, "R/B"))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "no B here");
    return 0;
}

static int refuse(void *ud, struct pail_str path, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CANCELLED, "enough");
}

static void test_handler_ends_it(void **state)
{
    static const struct pail_xml_handler leafs = {.leaf = say_no};
    static const struct pail_xml_handler opens = {.open = refuse};
    static const struct pail_xml_handler closes = {.close = refuse};
    struct pail_error err = PAIL_ERROR_INIT;
    int calls = 0;

    assert_code(pail_xml_parse(PAIL_STR("<R><A/><B/><C/></R>"), "test", 10, &leafs, &calls, &err),
                PAIL_E_GARBAGE);
    assert_string_equal(err.message, "no B here");
    assert_int_equal(calls, 2);
    assert_code(pail_xml_parse(PAIL_STR("<R><A/></R>"), "test", 10, &opens, NULL, &err),
                PAIL_E_CANCELLED);
    assert_code(pail_xml_parse(PAIL_STR("<R><A/></R>"), "test", 10, &closes, NULL, &err),
                PAIL_E_CANCELLED);
    /* Without an error object too. */
    assert_code(pail_xml_parse(PAIL_STR("<R><A/></R>"), "test", 10, &closes, NULL, NULL),
                PAIL_E_CANCELLED);
}

static void test_write(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    pail_xml_element(&b, "Key", PAIL_STR("a<b>&\"c'\r\n\t\xc3\xa4"));
    assert_str(pail_buf_view(&b), "<Key>a&lt;b&gt;&amp;&quot;c'&#13;&#10;&#9;\xc3\xa4</Key>");
    assert_events(pail_buf_cstr(&b), "Key=a<b>&\"c'\r\n\t\xc3\xa4;");
    pail_buf_reset(&b);
    pail_xml_element(&b, "Key", pail_strn(NULL, 0));
    assert_str(pail_buf_view(&b), "<Key></Key>");
}

static void test_text_ok(void **state)
{
    assert_true(pail_xml_text_ok(PAIL_STR("a\t\r\n\x7f\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd")));
    assert_true(pail_xml_text_ok(pail_strn(NULL, 0)));
    assert_false(pail_xml_text_ok(pail_strn("\0", 1)));
    assert_false(pail_xml_text_ok(PAIL_STR("a\x01")));
    assert_false(pail_xml_text_ok(PAIL_STR("\x1f")));
    assert_false(pail_xml_text_ok(PAIL_STR("\xff")));
    assert_false(pail_xml_text_ok(PAIL_STR("\xef\xbf\xbe")));
    assert_false(pail_xml_text_ok(PAIL_STR("\xed\xa0\x80")));
}

static int walk(void *ud, struct pail_error *err)
{
    static const struct pail_xml_handler deaf = {NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(1000);

    int rc = pail_xml_parse(
        PAIL_STR("<ListBucketResult><Contents><Key>a&amp;b</Key></Contents></ListBucketResult>"),
        "test", 100, &deaf, NULL, err);
    if (rc)
        return rc;
    pail_xml_element(&b, "Key", PAIL_STR("a&b"));
    return pail_buf_check(&b, "text", err);
}

static void test_torture(void **state)
{
    pail_torture("xml", walk, NULL);
}

static int note_attribute(void *ud, struct pail_str name, struct pail_str value,
                          struct pail_error *err)
{
    pail_buf_fmt(ud, "@%.*s=%.*s ", PAIL_STR_ARG(name), PAIL_STR_ARG(value));
    return 0;
}

/* They come before the element's own event, and after its parent's. */
static void test_attributes(void **state)
{
    static const struct pail_xml_handler with = {note_open, note_leaf, note_close, note_attribute};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(
        pail_xml_parse(PAIL_STR("<a x='1' xmlns:p='u'><b p:t='&lt;&amp;&#38;#38;&amp;'/></a>"),
                       "test", 1000, &with, &b, &err),
        &err);
    assert_str(pail_buf_view(&b), "@x=1 (a @p:t=<&&#38;& a/b=;)a ");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_attributes), cmocka_unit_test(test_events),
               cmocka_unit_test(test_text), cmocka_unit_test(test_names),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_message),
               cmocka_unit_test(test_depth), cmocka_unit_test(test_text_limit),
               cmocka_unit_test(test_long_text), cmocka_unit_test(test_handler_ends_it),
               cmocka_unit_test(test_write), cmocka_unit_test(test_text_ok),
               cmocka_unit_test(test_torture))
