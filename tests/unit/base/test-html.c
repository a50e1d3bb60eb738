/* SPDX-License-Identifier: Apache-2.0 */
#include "base/html.h"

#include "base/buf.h"
#include "unit/test.h"

static void note(void *ud, const struct pail_html_problem *p)
{
    pail_buf_fmt(ud, "%c%u:%.*s;", p->serious ? 'E' : 'W', p->line, PAIL_STR_ARG(p->text));
}

static void assert_problems(const char *html, const char *problems)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_html_check(pail_str(html), note, &b, &err), &err);
    assert_string_equal(pail_buf_cstr(&b), problems);
}

static void test_good(void **state)
{
    assert_problems("", "");
    assert_problems("just text {{name}}", "");
    assert_problems("<p>one<p>two<br><img src=\"a\">", "");
    assert_problems(
        "<!DOCTYPE html>\n<html><head><title>t</title></head><body>\xc3\xa4</body></html>", "");
    assert_problems("<table><tr><td>1<td><b>2</b><tr><td>3</table>", "");
    assert_problems("<section><article>x</article></section>", "");
    assert_problems("<DIV><a href=\"{{url}}\">x</a></Div >", "");
    assert_problems("<style>p > a { color: red }</style><ul><li>a<li>b</ul>", "");
    assert_problems("<div/>", "");
}

static void test_bad(void **state)
{
    assert_problems("<div>", "E1:<div> is not closed;");
    assert_problems("a\n<div><span>x</div>", "E2:<span> is not closed;");
    assert_problems("<p><b>x</p>", "E1:<b> is not closed;");
    assert_problems("<frob>x</frob>", "E1:Tag frob invalid;");
    assert_problems("x</div>", "E1:Unexpected end tag : div;");
    assert_problems("<a href=\"?a=1&b=2\">x</a>", "W1:a bare &, which is written &amp;;");
    assert_problems("<table>\n<tr><td><i>x</table>", "E2:<i> is not closed;");
}

static void test_not_text(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_int_equal(pail_html_check(PAIL_STR("\xff<div>"), note, &b, &err), PAIL_E_PARSE);
    assert_int_equal(pail_html_check(pail_strn("a\0b", 3), note, &b, &err), PAIL_E_PARSE);
    assert_int_equal(b.len, 0);
}

/* More than the parser holds at a time, and deeper than places are kept. */
static void test_large(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(1 << 20);
    for (int i = 0; i < 5000; i++)
        pail_buf_z(&html, "<div><span style=\"color: red\">text</span></div>\n");
    assert_problems(pail_buf_cstr(&html), "");
    pail_buf_z(&html, "<em>");
    assert_problems(pail_buf_cstr(&html), "E5001:<em> is not closed;");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_good), cmocka_unit_test(test_bad),
               cmocka_unit_test(test_not_text), cmocka_unit_test(test_large))
