/* What frs_report_make writes beside the page: figures on every canvas, a page a catchment under a
 * safe name; made again from the folder's files they are the same. */
#include "support.h"

#include <math.h>

#include "report/assets.h"
#include "report/page.h"
#include "report_case.h"

typedef struct made {
    char dir[256];
    frs_ctx *ctx;
    test_heap heap;
    report_case c;
} made;

static void start(made *m, const report_case_opts *o) {
    *m = (made){.heap = {0}};
    m->ctx = test_ctx_new(&m->heap, 1);
    test_dir(m->dir);
    assert_true(report_case_make(m->ctx, o, &m->c));
    assert_ok(m->ctx, frs_report_make(m->ctx, &m->c.r, m->dir));
}

static void end(made *m) {
    report_case_free(&m->c);
    test_ctx_free(m->ctx, &m->heap);
    test_dir_remove(m->dir);
}

static char *file(const made *m, const char *dir, const char *name, int64_t *n) {
    char path[1024], *text = NULL;
    snprintf(path, sizeof path, "%s/%s/%s", m->dir, dir, name);
    assert_ok(m->ctx, frs__read_file(m->ctx, path, INT64_C(1) << 30, &text, n));
    return text;
}

static int64_t list(const made *m, const char *dir, char ***names) {
    char path[512];
    int64_t n;
    snprintf(path, sizeof path, "%s/%s", m->dir, dir);
    assert_ok(m->ctx, frs__list_dir(m->ctx, path, names, &n));
    return n;
}

/* PNG and PDF are there when Cairo is: 3 files a figure, else 1. */
static int64_t canvases(void) {
#ifdef FRS_CAIRO_SO
    return 3;
#else
    return 1;
#endif
}

static void every_figure_on_every_canvas(void **state) {
    (void)state;
    static const char *const starts[] = {"\x89PNG\r\n\x1a\n", "%PDF-1.", "<svg xmlns="};
    static const char *const endings[] = {".png", ".pdf", ".svg"};
    made m;
    start(&m, &(report_case_opts){.sites = 1, .issues = 800, .rain = true, .gaps = true});
    char **names;
    const int64_t n = list(&m, "figures", &names);
    int64_t found[3] = {0}, size;
    for (int64_t i = 0; i < n; i++) {
        char *text = file(&m, "figures", names[i], &size);
        for (int k = 0; k < 3; k++)
            if (strstr(names[i], endings[k])) {
                assert_memory_equal(text, starts[k], strlen(starts[k]));
                found[k]++;
            }
        frs__free(m.ctx, text);
    }
    assert_int_equal(found[2] * canvases(), n);
    char *page = file(&m, ".", "report.html", &size);
    int64_t figures = 0;
    for (const char *p = page; (p = strstr(p, "<svg class=\"fig\"")); p++) figures++;
    assert_int_equal(figures, found[2]);
    frs__free(m.ctx, page);
    frs__free(m.ctx, names);
    end(&m);
}

/* Colours of an SVG file are in it: no class, no variable, and a number is never "nan". */
static void a_figure_stands_alone(void **state) {
    (void)state;
    made m;
    int64_t n;
    start(&m, &(report_case_opts){.sites = 1, .issues = 800, .rain = true});
    char *text = file(&m, "figures", "residuals-3.svg", &n);
    assert_null(strstr(text, "class="));
    assert_null(strstr(text, "var("));
    assert_null(strstr(text, "nan"));
    assert_non_null(strstr(text, "#009e73")); /* the third model's colour */
    assert_non_null(strstr(text, "fill-opacity=\"0.45\""));
    frs__free(m.ctx, text);
    end(&m);
}

/* A figure on paper has the colours of the page's light side. */
static void colours_of_the_page(void **state) {
    (void)state;
    static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6",    "c7", "rain",
                                        "m0", "m1", "m2", "m3", "m4", "m5", "coast", "one"};
    for (int64_t i = 0; i < FRS_LEN(names); i++) {
        frs_shape s = {.kind = FRS_SHAPE_LINE};
        char name[32], colour[16], three[16];
        snprintf(s.css, sizeof s.css, "%s", names[i]);
        snprintf(name, sizeof name, "--%s: #", names[i]);
        const unsigned rgb = frs__style(&s).rgb;
        snprintf(colour, sizeof colour, "%06x", rgb);
        snprintf(three, sizeof three, "%x%x%x", rgb >> 20, rgb >> 12 & 15, rgb >> 4 & 15);
        const char *at = strstr(frs__asset_page_css, name);
        assert_non_null(at);
        at += strlen(name);
        assert_true(!strncmp(at, colour, 6) || (!strncmp(at, three, 3) && at[3] == ';'));
    }
}

/* 14 names that nobody should give a catchment: each has its page, in site/, and its links lead
 * there. */
static void hostile_names(void **state) {
    (void)state;
    made m;
    int64_t size, links = 0;
    start(&m, &(report_case_opts){
                  .sites = 14, .issues = 200, .rain = true, .hostile = true, .places = true});
    char **names, *page = file(&m, ".", "report.html", &size);
    const int64_t n = list(&m, "site", &names);
    assert_int_equal(n, 14 + 2);
    for (int64_t i = 0; i < n; i++) {
        assert_true(names[i][0] != '.');
        assert_null(strpbrk(names[i], "/\\<>\"'&%?#: "));
        for (int64_t k = 0; k < i; k++) assert_true(strcasecmp(names[i], names[k]) != 0);
    }
    for (const char *p = page; (p = strstr(p, "href=\"site/")); p++) {
        char name[512];
        size_t k = 0;
        for (const char *c = p + 11; *c != '"'; c++) {
            unsigned byte = (unsigned char)*c;
            if (*c == '%') {
                assert_int_equal(sscanf(c + 1, "%2x", &byte), 1);
                c += 2;
            }
            name[k++] = (char)byte;
        }
        name[k] = 0;
        char *text = file(&m, "site", name, &size);
        assert_null(strstr(text, "<img"));
        assert_null(strstr(text, "<script>")); /* all of its code is in freshet.js */
        assert_non_null(strstr(text, "<script src=\"freshet.js\"></script>"));
        frs__free(m.ctx, text);
        links++;
    }
    assert_int_equal(links, 14 + 3); /* the table, and the worst three in the summary */
    frs__free(m.ctx, page);
    frs__free(m.ctx, names);
    end(&m);
}

/* Names that differ in case or in what is replaced get numbers; Cyrillic stays. */
static void file_names(void **state) {
    (void)state;
    static const char *const sites[] = {"a/b",   "a_b",
                                        "A:B",   "..",
                                        "",      "\xd0\x9e\xd0\xb1\xd1\x8c",
                                        "a_b-2", "\xe2\x80\xae",
                                        "_"},
                             *const files[] = {"a_b",     "a_b-2", "A_B-3",
                                               "_.",      "_",     "\xd0\x9e\xd0\xb1\xd1\x8c",
                                               "a_b-2-2", "_-2",   "_-3"};
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_arena a = {.ctx = ctx};
    char **names = frs__site_files(&a, sites, FRS_LEN(sites));
    for (int64_t i = 0; i < FRS_LEN(sites); i++) assert_string_equal(names[i], files[i]);
    frs__arena_free(&a);
    test_ctx_free(ctx, &h);
}

/* Twelve or fewer have all in the page. */
static void few_catchments(void **state) {
    (void)state;
    made m;
    char path[512];
    int64_t n;
    start(&m, &(report_case_opts){.sites = 12, .issues = 60});
    snprintf(path, sizeof path, "%s/site", m.dir);
    assert_false(frs__exists(path));
    char *page = file(&m, ".", "report.html", &n);
    assert_null(strstr(page, "href=\"site/"));
    frs__free(m.ctx, page);
    end(&m);
}

static void same_files(const made *a, const made *b, const char *dir) {
    char **names, **again;
    const int64_t n = list(a, dir, &names);
    assert_int_equal(n, list(b, dir, &again));
    for (int64_t i = 0; i < n; i++) {
        int64_t n_a, n_b;
        assert_string_equal(names[i], again[i]);
        char *x = file(a, dir, names[i], &n_a), *y = file(b, dir, names[i], &n_b);
        assert_int_equal(n_a, n_b);
        assert_memory_equal(x, y, (size_t)n_a);
        frs__free(a->ctx, x);
        frs__free(b->ctx, y);
    }
    frs__free(a->ctx, names);
    frs__free(b->ctx, again);
}

/* From the folder's files alone: every page and every figure to the byte. */
static void made_again(void **state) {
    (void)state;
    made m, again = {.heap = {0}};
    frs_report r;
    start(&m,
          &(report_case_opts){
              .sites = 14, .leads = 2, .issues = 300, .rain = true, .gaps = true, .places = true});
    again.ctx = test_ctx_new(&again.heap, 1);
    test_dir(again.dir);
    assert_ok(m.ctx, frs_report_save(m.ctx, &m.c.r, again.dir));
    const frs_status s = frs_report_save_forecast(m.ctx, &m.c.r, again.dir);
    if (s == FRS_OK) {
        assert_ok(again.ctx, frs_report_load(again.ctx, again.dir, &r));
        assert_ok(again.ctx, frs_report_make(again.ctx, &r, again.dir));
        frs_report_free(again.ctx, &r);
        same_files(&m, &again, "site");
        same_files(&m, &again, "figures");
    } else
        assert_status(m.ctx, s, FRS_E_UNSUPPORTED); /* built without NetCDF */
    test_ctx_free(again.ctx, &again.heap);
    test_dir_remove(again.dir);
    end(&m);
}

static bool stop(void *user) {
    int *left = user;
    return (*left)-- <= 0;
}

/* Cancelled between two catchments. */
static void cancelled(void **state) {
    (void)state;
    made m = {.heap = {0}};
    int left = 3;
    frs_ctx *ctx;
    assert_int_equal(
        frs_ctx_new(&(frs_ctx_opts){.threads = 1, .cancelled = stop, .user = &left}, &ctx), FRS_OK);
    m.ctx = ctx;
    test_dir(m.dir);
    assert_true(report_case_make(ctx, &(report_case_opts){.sites = 13, .issues = 40}, &m.c));
    assert_int_equal(frs_report_make(ctx, &m.c.r, m.dir), FRS_E_CANCELLED);
    char **names;
    assert_int_equal(list(&m, "site", &names), 2 + 3);
    frs__free(ctx, names);
    report_case_free(&m.c);
    frs_ctx_free(ctx);
    test_dir_remove(m.dir);
}

/* The n-th allocation fails: each of the first ones, then every so many, for there are thousands.
 */
static void without_memory(const report_case_opts *o) {
    made m;
    start(&m, o);
    bool failed = true;
    for (int64_t n = 1; failed; n += 1 + n / 8) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, 1);
        h.fail_at = h.calls + n;
        const frs_status s = frs_report_make(ctx, &m.c.r, m.dir);
        failed = h.failed;
        assert_true(failed ? s == FRS_E_NOMEM || s == FRS_OK : s == FRS_OK);
        test_ctx_free(ctx, &h);
    }
    end(&m);
}

static void memory_runs_out(void **state) {
    (void)state;
    without_memory(&(report_case_opts){.sites = 1, .issues = 40, .rain = true});
    without_memory(&(report_case_opts){.sites = 13, .issues = 3, .places = true});
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_figure_on_every_canvas),
                                       cmocka_unit_test(a_figure_stands_alone),
                                       cmocka_unit_test(colours_of_the_page),
                                       cmocka_unit_test(hostile_names),
                                       cmocka_unit_test(file_names),
                                       cmocka_unit_test(few_catchments),
                                       cmocka_unit_test(made_again),
                                       cmocka_unit_test(cancelled),
                                       cmocka_unit_test(memory_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
