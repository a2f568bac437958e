/* Dates by hand, the leap rules, what must be refused, and every day of 1600-2400 there and back.
 */
#include "support.h"

#define HOUR INT64_C(3600)

static int64_t parse(const char *text) {
    int64_t t = -1;
    if (frs_date_parse(text, strlen(text), &t) != FRS_OK) fail_msg("refused: %s", text);
    return t;
}

static void assert_refused(const char *text) {
    int64_t t = 77;
    if (frs_date_parse(text, strlen(text), &t) != FRS_E_FORMAT) fail_msg("accepted: %s", text);
    assert_int_equal(t, 77);
}

static void by_hand(void **state) {
    (void)state;
    assert_int_equal(parse("1970-01-01"), 0);
    assert_int_equal(parse("1969-12-31"), -FRS_DAY_S);
    assert_int_equal(parse("2000-03-01"), 11017 * FRS_DAY_S);
    assert_int_equal(parse("2038-01-19T03:14:08"), INT64_C(1) << 31);
    assert_int_equal(parse("1900-01-01"), -2208988800);
    assert_int_equal(parse("0001-01-01"), -62135596800);
}

static void all_formats(void **state) {
    (void)state;
    static const char *const same[] = {"2001-02-28",
                                       "28/02/2001",
                                       "20010228",
                                       "28.02.2001",
                                       " 2001-02-28 \r\n",
                                       "2001-2-28",
                                       "2001-02-28T00:00",
                                       "2001-02-28 00:00:00",
                                       "28.2.2001 0:00",
                                       "20010228T00:00",
                                       "2001-02-28T00:00:00.000000000",
                                       "2001-02-28T00:00Z"};
    for (int i = 0; i < FRS_LEN(same); i++)
        assert_int_equal(parse(same[i]), INT64_C(11381) * FRS_DAY_S);
    assert_int_equal(parse("28/02/2001 06:30:15"), 11381 * FRS_DAY_S + 6 * HOUR + 30 * 60 + 15);
}

static void leap_rules(void **state) {
    (void)state;
    assert_int_equal(parse("2000-02-29") + FRS_DAY_S, parse("2000-03-01")); /* by 400 */
    assert_int_equal(parse("2004-02-29") + FRS_DAY_S, parse("2004-03-01")); /* by 4 */
    assert_refused("1900-02-29");                                           /* by 100 */
    assert_refused("2100-02-29");
    assert_refused("2001-02-29");
    assert_int_equal(parse("2001-01-01") - parse("2000-01-01"), 366 * FRS_DAY_S);
    assert_int_equal(parse("1901-01-01") - parse("1900-01-01"), 365 * FRS_DAY_S);
}

static void refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      "2001",
                                      "2001-13-01",
                                      "2001-00-10",
                                      "2001-04-31",
                                      "2001-01-00",
                                      "32/01/2001",
                                      "01/13/2001",
                                      "2001-01-01x",
                                      "2001-01-01T",
                                      "2001-01-01T24:00",
                                      "2001-01-01T10:60",
                                      "2001-01-01 10:00:60",
                                      "2001/01/01",
                                      "01-02-2001",
                                      "1.2/2001",
                                      "200101",
                                      "200101011",
                                      "0000-01-01",
                                      "-2001-01-01",
                                      "2001-01-01T10:00:00.5",
                                      "nan",
                                      "2001-1-",
                                      "1/1/01",
                                      "20010229"};
    for (int i = 0; i < FRS_LEN(bad); i++) assert_refused(bad[i]);
    int64_t t;
    assert_int_equal(frs_date_parse("2001-02-28garbage", 10, &t), FRS_OK); /* n is the limit */
    assert_int_equal(frs_date_parse("2001-02-28", 9, &t), FRS_OK);         /* 2001-02-2 */
    assert_int_equal(t, parse("2001-02-02"));
}

static void there_and_back(void **state) {
    (void)state;
    char buf[32];
    int64_t first = parse("1600-01-01"), last = parse("2400-12-31");
    frs_civil before = frs_civil_from_time(first - FRS_DAY_S);
    for (int64_t t = first; t <= last; t += FRS_DAY_S) {
        frs_civil c = frs_civil_from_time(t);
        assert_int_equal(frs_time_from_civil(c), t);
        bool next = c.day == before.day + 1 && c.month == before.month;
        bool turn =
            c.day == 1 && (c.month == before.month + 1 || (c.month == 1 && before.month == 12));
        assert_true(next || turn);
        assert_int_equal(parse(frs_date_format(t, buf)), t);
        before = c;
    }
}

static void format(void **state) {
    (void)state;
    char buf[32];
    assert_string_equal(frs_date_format(0, buf), "1970-01-01");
    assert_string_equal(frs_date_format(-1, buf), "1969-12-31T23:59:59");
    assert_string_equal(frs_date_format(6 * HOUR, buf), "1970-01-01T06:00");
    assert_string_equal(frs_date_format(parse("0987-06-05"), buf), "0987-06-05");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand), cmocka_unit_test(all_formats),    cmocka_unit_test(leap_rules),
        cmocka_unit_test(refused), cmocka_unit_test(there_and_back), cmocka_unit_test(format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
