/* Delimited text in the ways people write it: the record that comes out, in one line of text. */
#include "support.h"

#include "freshet/io.h"
#include <math.h>

typedef struct good {
    const char *name, *text, *want;
} good;

/* "start step n dup/unordered/gaps: name[unit] v v v; name .." */
static void describe(const frs_series *s, char *buf, size_t size) {
    char date[32], number[40];
    int n = snprintf(buf, size, "%s %lld%c %lld %lld/%lld/%lld:", frs_date_format(s->start_s, date),
                     (long long)s->step.count, s->step.unit == FRS_STEP_MONTH ? 'm' : 's',
                     (long long)s->n, (long long)s->n_duplicate_dates,
                     (long long)s->n_unordered_dates, (long long)s->n_gap_steps);
    for (int v = 0; v < s->n_vars; v++) {
        n += snprintf(buf + n, size - (size_t)n, "%s %s[%s]", v ? ";" : "", s->vars[v].name,
                      s->vars[v].unit);
        for (int64_t t = 0; t < s->n && t < 6; t++)
            n += snprintf(buf + n, size - (size_t)n, " %s",
                          frs__format_float(s->values[v][t], number));
    }
}

static const good goods[] = {
    {"iso", "date,q\n2000-02-28,1.5\n2000-02-29,2\n", "2000-02-28 86400s 2 0/0/0: q[] 1.5 2"},
    {"headerless", "1978-01-01,0.15588\n1978-01-02,\n1978-01-03,0.15156\n",
     "1978-01-01 86400s 3 0/0/0: q[] 0.15588 nan 0.15156"},
    {"headerless, two", "2000-01-01;1,5;7\n2000-01-02;-2,25;8\n",
     "2000-01-01 86400s 2 0/0/0: c1[] 1.5 -2.25; c2[] 7 8"},
    {"units", "date,\"q, gauged (mm)\",t [degC],p[mm/day],x []\n2000-01-01,1,2,3,4\n",
     "2000-01-01 86400s 1 0/0/0: q, gauged[mm] 1; t[degC] 2; p[mm/day] 3; x[] 4"},
    {"BOM, CRLF, blank lines, comments",
     "\xEF\xBB\xBF# gauge 7\r\n\r\ndate;q\r\n2000-01-01;1\r\n  # later\r\n2000-01-02;2\r\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"tabs, comma", "day\tq\tp\n01.02.2000\t1,5\t0\n02.02.2000\t\t1\n",
     "2000-02-01 86400s 2 0/0/0: q[] 1.5 nan; p[] 0 1"},
    {"decimal comma seen late", "date;q\n2000-01-01;1\n2000-01-02;2\n2000-01-03;2,5\n",
     "2000-01-01 86400s 3 0/0/0: q[] 1 2 2.5"},
    {"quoted comma", "\"date\",\"q\"\n\"2000-01-01\",\"1,25\"\n\"2000-01-02\",\"2,5\"\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1.25 2.5"},
    {"blanks, units apart", "date q (mm / day)  t\n20000101  1   2\n20000102  3   4\n",
     "2000-01-01 86400s 2 0/0/0: q[mm / day] 1 3; t[] 2 4"},
    {"day first", "date,q\n12/01/2000,1\n13/01/2000,2\n", "2000-01-12 86400s 2 0/0/0: q[] 1 2"},
    {"day first where both fit", "date,q\n01/02/2000,1\n02/02/2000,2\n",
     "2000-02-01 86400s 2 0/0/0: q[] 1 2"},
    {"month first", "date,q\n01/12/2000,1\n01/13/2000,2\n1/14/2000,3\n",
     "2000-01-12 86400s 3 0/0/0: q[] 1 2 3"},
    {"year first with slashes", "date,q\n2000/1/9,1\n2000/1/10,2\n",
     "2000-01-09 86400s 2 0/0/0: q[] 1 2"},
    {"hours", "time,q\n2000-01-01 00:00,1\n2000-01-01 01:00,2\n2000-01-01 03:00,4\n",
     "2000-01-01 3600s 4 0/0/1: q[] 1 2 nan 4"},
    {"clock apart", "2000-01-01 06:00 1\n2000-01-01 12:00 2\n2000-01-01 18:00 3\n",
     "2000-01-01T06:00 21600s 3 0/0/0: q[] 1 2 3"},
    {"zulu", "t,q\n2000-01-01T00:00:00Z,1\n2000-01-01T00:05:00Z,2\n",
     "2000-01-01 300s 2 0/0/0: q[] 1 2"},
    {"offset 0", "t,q\n2000-01-01 00:00:00+00:00,1\n2000-01-02 00:00:00+00:00,2\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"months", "date,q\n2000-01-01,1\n2000-02-01,2\n2000-04-01,4\n",
     "2000-01-01 1m 4 0/0/1: q[] 1 2 nan 4"},
    {"months without days", "month,q\n1999-12,1\n2000-01,2\n", "1999-12-01 1m 2 0/0/0: q[] 1 2"},
    {"month ends", "date,q\n2000-02-29,1\n2000-03-31,2\n2000-04-30,3\n",
     "2000-01-31 1m 4 0/0/1: q[] nan 1 2 3"},
    {"years", "date,q\n2000-10-01,1\n2001-10-01,2\n", "2000-10-01 12m 2 0/0/0: q[] 1 2"},
    {"weeks", "date,q\n2000-01-01,1\n2000-01-08,2\n2000-01-22,3\n",
     "2000-01-01 604800s 4 0/0/1: q[] 1 2 nan 3"},
    {"parts named", "Year,Month,Day,q\n2000,2,28,1\n2000,2,29,2\n",
     "2000-02-28 86400s 2 0/0/0: q[] 1 2"},
    {"parts in another order", "q;day;month;year\n1;28;2;2000\n2;29;2;2000\n",
     "2000-02-28 86400s 2 0/0/0: q[] 1 2"},
    {"parts and hour", "year mon day hr q\n2000 1 1 23 1\n2000 1 2 0 2\n",
     "2000-01-01T23:00 3600s 2 0/0/0: q[] 1 2"},
    {"date and hour", "date,hour,q\n2000-01-01,22,1\n2000-01-01,23,2\n2000-01-02,0,3\n",
     "2000-01-01T22:00 3600s 3 0/0/0: q[] 1 2 3"},
    {"hour that never changes", "year mon day hr q\n2000 1 1 12 1\n2000 1 2 12 2\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"parts without names, a site before, a flag behind",
     "01022500 2000 01 01   255.00 A:e\n01022500 2000 01 02   -999.00 A\n",
     "2000-01-01 86400s 2 0/0/0: q[] 255 nan"},
    {"lines before the table",
     "  44.82\n 133.00\n 587675987\nYear Mnth Day Hr\tdayl(s)\tprcp(mm/day)\n2000 01 01 "
     "12\t31185.97\t0.00\n2000 01 02 12\t31302.05\t1.00\n",
     "2000-01-01 86400s 2 0/0/0: dayl[s] 31185.97 31302.05; prcp[mm/day] 0 1"},
    {"missing in every spelling",
     "date,a,b\n2000-01-01,NA,N/A\n2000-01-02,NaN,nan\n2000-01-03,-,--\n2000-01-04,-9999,-999\n"
     "2000-01-05,-99999.00,null\n2000-01-06,\"\",#N/A\n2000-01-07,1,2\n",
     "2000-01-01 86400s 7 0/0/0: a[] nan nan nan nan nan nan; b[] nan nan nan nan nan nan"},
    {"not missing", "date,a,b,c\n2000-01-01,-99,-9990,-999.5\n",
     "2000-01-01 86400s 1 0/0/0: a[] -99; b[] -9990; c[] -999.5"},
    {"numbers", "date,a,b,c\n2000-01-01,1e3,-.5,+2.\n",
     "2000-01-01 86400s 1 0/0/0: a[] 1000; b[] -0.5; c[] 2"},
    {"flags and a nameless index", ",date,q,flag\n0,2000-01-01,1,ok\n1,2000-01-02,2,est\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"delimiter at the end", "date,q\n2000-01-01,1,\n2000-01-02,2,\n",
     "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"no line end", "date,q\n2000-01-01,1\n2000-01-02,2", "2000-01-01 86400s 2 0/0/0: q[] 1 2"},
    {"rows and columns that a spreadsheet left", "date;q;;\n2000-01-01;1;;\n;;;\n",
     "2000-01-01 86400s 1 0/0/0: q[] 1"},
    {"names in UTF-8, a unit that is not",
     "\xD0\xB4\xD0\xB0\xD1\x82\xD0\xB0,T (\xB0"
     "C),\xD1\x80 (\xC2\xB0"
     "C)\n2000-01-01,1,2\n",
     "2000-01-01 86400s 1 0/0/0: T[] 1; \xD1\x80[\xC2\xB0"
     "C] 2"},
    {"gap", "date,q\n2000-01-01,1\n2000-01-04,4\n2000-01-05,5\n",
     "2000-01-01 86400s 5 0/0/2: q[] 1 nan nan 4 5"},
    {"unordered", "date,q\n2000-01-03,3\n2000-01-01,1\n2000-01-02,2\n",
     "2000-01-01 86400s 3 0/2/0: q[] 1 2 3"},
    {"duplicates: equal, filled, contradicting",
     "date,a,b\n2000-01-01,1,\n2000-01-01,1,5\n2000-01-02,2,6\n2000-01-02,9,6\n",
     "2000-01-01 86400s 2 2/0/0: a[] 1 2; b[] 5 6"},
    {"before 1970", "date,q\n1899-12-31,1\n1900-01-01,2\n", "1899-12-31 86400s 2 0/0/0: q[] 1 2"},
};

static void each_good(void **state) {
    (void)state;
    char dir[256], path[512], got[1024];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    for (int64_t i = 0; i < FRS_LEN(goods); i++) {
        frs_series s = {0};
        test_file(path, dir, "gauge 7.csv", goods[i].text);
        if (frs_read_series(ctx, path, NULL, &s) != FRS_OK)
            fail_msg("%s: %s", goods[i].name, frs_message(ctx));
        describe(&s, got, sizeof got);
        if (strcmp(got, goods[i].want) != 0)
            fail_msg("%s: expected\n%s\nfound\n%s", goods[i].name, goods[i].want, got);
        assert_string_equal(s.site, "gauge 7");
        assert_string_equal(s.source, path);
        frs_series_free(ctx, &s);
    }
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* 200 days whose second column is empty but for two cells */
static frs_status read_flags(frs_ctx *ctx, const char *dir, const char *first, const char *second,
                             frs_series *s) {
    char path[512], text[8192], date[32];
    size_t n = (size_t)sprintf(text, "date,flag,q\n");
    for (int i = 0; i < 200; i++)
        n += (size_t)sprintf(text + n, "%s,%s,%d\n", frs_date_format(i * FRS_DAY_S, date),
                             i == 150   ? first
                             : i == 160 ? second
                                        : "",
                             i);
    test_file(path, dir, "a.csv", text);
    return frs_read_series(ctx, path, NULL, s);
}

/* A flag that appears only after the lines looked at is a flag still. */
static void sparse_flag(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_series s = {0};
    test_dir(dir);
    assert_ok(ctx, read_flags(ctx, dir, "est", "5", &s));
    assert_int_equal(s.n, 200);
    assert_int_equal(s.n_vars, 1);
    assert_close(s.values[0][199], 199, 0);
    frs_series_free(ctx, &s);
    assert_status(ctx, read_flags(ctx, dir, "5", "est", &s), FRS_E_FORMAT);
    assert_message(ctx, "a.csv:162: column 'flag': expected a number, found 'est'");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void options(void **state) {
    (void)state;
    char dir[256], path[512], got[1024];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    test_file(path, dir, "a.csv", "2000-01-01,7777,1\n2000-01-02,2,3\n");
    const char *const names[] = {"prcp", "q"};
    frs_read_opts o = {
        .format = "csv", .names = names, .n_names = 2, .missing = 7777, .has_missing = true};
    frs_series s = {0};
    assert_ok(ctx, frs_read_series(ctx, path, &o, &s));
    describe(&s, got, sizeof got);
    assert_string_equal(got, "2000-01-01 86400s 2 0/0/0: prcp[] nan 2; q[] 1 3");
    frs_series_free(ctx, &s);
    o.n_names = 1;
    assert_status(ctx, frs_read_series(ctx, path, &o, &s), FRS_E_INPUT);
    assert_message(ctx, "a.csv:1: 1 names are given for 2 columns of numbers");
    o = (frs_read_opts){.format = "cvs"};
    assert_status(ctx, frs_read_series(ctx, path, &o, &s), FRS_E_ARG);
    assert_message(ctx, "no file format is called 'cvs'; there are: ");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* The first line in trouble is told, and a contradiction is a warning with both values. */
static char warned[512];
static void keep_warning(void *user, frs_log_level level, const char *text) {
    (void)user;
    if (level == FRS_LOG_WARN) snprintf(warned, sizeof warned, "%s", text);
}

static void contradiction(void **state) {
    (void)state;
    char dir[256], path[512];
    frs_ctx *ctx = NULL;
    frs_ctx_opts o = {.threads = 1, .log = keep_warning};
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    test_dir(dir);
    test_file(path, dir, "a.csv", "date,q\n2000-01-01,1\n2000-01-02,2\n2000-01-01,7\n");
    frs_series s = {0};
    assert_ok(ctx, frs_read_series(ctx, path, NULL, &s));
    assert_int_equal(s.first_trouble_line, 4);
    assert_close(s.values[0][0], 1, 0);
    assert_non_null(
        strstr(warned, "a.csv:4: 'q' on 2000-01-01 is 7 here and 1 in line 2: the first is kept"));
    frs_series_free(ctx, &s);
    test_dir_remove(dir);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_good), cmocka_unit_test(sparse_flag),
                                       cmocka_unit_test(options), cmocka_unit_test(contradiction)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
