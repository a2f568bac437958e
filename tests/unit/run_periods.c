/* Periods by site: what the file may hold, what is said of one that is wrong. */
#include "data_help.h"
#include "run/run_data.h"

static frs_status parse(frs_ctx *ctx, const char *text, frs__period_table *t) {
    return frs__parse_periods(ctx, "p.csv", text, (int64_t)strlen(text), t);
}

static void good(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs__period_table t;
    OK(parse(ctx,
             "\xEF\xBB\xBFsite,start,end\r\n# two for b\r\n"
             "b,1990-10-01,1995-09-30\r\n\r\n\"a\"; 01/10/1980 ;30/09/1985\n"
             "b\t1980-10-01\t1985-09-30 # before the other\nc,2000-01-01,2000-01-01",
             &t));
    assert_int_equal(t.n, 4);
    frs_periods p = frs__periods_of(&t, "b");
    assert_int_equal(p.n, 2);
    assert_int_equal(p.at[0].first_s, date(1980, 10, 1));
    assert_int_equal(p.at[0].last_s, date(1985, 9, 30));
    assert_int_equal(p.at[1].last_s, date(1995, 9, 30));
    p = frs__periods_of(&t, "a");
    assert_int_equal(p.n, 1);
    assert_int_equal(p.at[0].first_s, date(1980, 10, 1));
    assert_int_equal(frs__periods_of(&t, "c").n, 1);
    assert_int_equal(frs__periods_of(&t, "aa").n, 0);
    assert_int_equal(frs__periods_of(&t, "").n, 0);
    assert_int_equal(frs__periods_of(&t, "d").n, 0);
    frs__period_table_free(ctx, &t);
    OK(parse(ctx, "01013500,1980-10-01,1985-09-30\n", &t)); /* a header is not needed */
    assert_int_equal(frs__periods_of(&t, "01013500").n, 1);
    frs__period_table_free(ctx, &t);
    frs_ctx_free(ctx);
}

static void bad(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
        frs_status status;
    } cases[] = {
        {"", "p.csv: no period", FRS_E_NODATA},
        {"site,start,end\n", "p.csv: no period", FRS_E_NODATA},
        {"a,1980-10-01\n", "p.csv:1: expected the last day", FRS_E_FORMAT},
        {"a,1980-10-01,1985-09-31\n", "found '1985-09-31'", FRS_E_FORMAT},
        {"site,start,end\na,soon,1985-09-30\n", "p.csv:2: expected the first day", FRS_E_FORMAT},
        {"a,1985-10-01,1985-09-30\n", "not before the first", FRS_E_FORMAT},
        {"a,1980-10-01,1985-09-30,x\n", "expected site,start,end, found 'x'", FRS_E_FORMAT},
        {",1980-10-01,1985-09-30\n", "a site of 1 to 63 bytes", FRS_E_FORMAT},
        {"b,2000-01-01,2001-01-01\na,1980-10-01,1985-09-30\na,1985-09-30,1990-09-30\n",
         "p.csv:3: site a: the period from 1985-09-30 overlaps that of line 2", FRS_E_FORMAT},
        {"\x80\x04\x95.", "a Python pickle is not read", FRS_E_FORMAT},
    };
    frs_ctx *ctx = new_ctx();
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        frs__period_table t;
        assert_int_equal(parse(ctx, cases[i].text, &t), cases[i].status);
        if (!strstr(frs_message(ctx), cases[i].message)) print_error("%s\n", frs_message(ctx));
        assert_non_null(strstr(frs_message(ctx), cases[i].message));
        frs__period_table_free(ctx, &t);
    }
    frs__period_table t;
    assert_int_equal(frs__parse_periods(ctx, "p.csv", "a\0b,", 4, &t), FRS_E_FORMAT);
    assert_non_null(strstr(frs_message(ctx), "zip(p['start_dates'], p['end_dates'])"));
    frs__period_table_free(ctx, &t);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
