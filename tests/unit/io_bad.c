/* Broken files: each is refused with the place, what was expected and what was found. */
#include "support.h"

#include "freshet/io.h"

typedef struct bad {
    const char *file, *text;
    frs_status status;
    const char *want; /* the whole message behind the folder */
} bad;

#define FORMAT FRS_E_FORMAT
static const bad bads[] = {
    {"a.csv", "", FORMAT, "a.csv: the file is empty"},
    {"a.csv", "\n\n# nothing\n", FORMAT, "a.csv: no line of data"},
    {"a.csv", "date,q\n", FORMAT,
     "a.csv:1: expected a column of dates (as 2001-02-28) and a column of numbers, found 'date,q'"},
    {"a.csv", "x,y\n72.75,65.75\n73.25,65.75\n", FORMAT,
     "a.csv:2: expected a column of dates (as 2001-02-28) and a column of numbers, found "
     "'72.75,65.75'"},
    {"a.csv", "date\n2000-01-01\n2000-01-02\n", FORMAT,
     "a.csv:2: expected a column of dates (as 2001-02-28) and a column of numbers, found "
     "'2000-01-01'"},
    {"a.csv", "date,q\n2000-01-01,1\n2000-01-02,many\n2000-01-03,3\n", FORMAT,
     "a.csv:3: column 'q': expected a number, found 'many'"},
    {"a.csv", "date,flow [mm],p\n2000-01-01,1,2\n2000-01-02,1.2.3,2\n", FORMAT,
     "a.csv:3: column 'flow': expected a number, found '1.2.3'"},
    {"a.csv", "date,q\n2000-01-01,1e39\n", FORMAT,
     "a.csv:2: column 'q': expected a number of at most 3.4e38, found '1e39'"},
    {"a.csv", "date,q\n2000-01-01,1\n2000-01-02,inf\n", FORMAT,
     "a.csv:3: column 'q': expected a number, found 'inf'"},
    {"a.csv", "date,q\n2000-01-01,1.5\n2000-01-02,1,5\n", FORMAT,
     "a.csv:3: expected 2 columns as in the first line, found 3"},
    {"a.csv", "date;q\n2000-01-01;1.5\n2000-01-02;1,5\n", FORMAT,
     "a.csv:3: column 'q': expected a number, found '1,5'"},
    {"a.csv", "date,q\n2001-02-27,1\n2001-02-28,1\n2001-02-29,1\n", FORMAT,
     "a.csv:4: column 1: the date '2001-02-29' does not exist"},
    {"a.csv", "2001-02-30,1\n2001-03-01,1\n2001-03-02,1\n", FORMAT,
     "a.csv:1: column 1: the date '2001-02-30' does not exist"},
    {"a.csv", "date,q\n30/12/2001,1\n31/12/2001,1\n31/13/2001,1\n01/01/2002,1\n", FORMAT,
     "a.csv:4: column 1: the date '31/13/2001' does not exist"},
    {"a.csv", "date,q\n01/30/2001,1\n01/31/2001,1\n02/30/2001,1\n03/01/2001,1\n", FORMAT,
     "a.csv:4: column 1: the date '02/30/2001' does not exist"},
    {"a.csv", "y,year,month,day\n1,2001,2,28\n1,2001,2,29\n", FORMAT,
     "a.csv:3: column 2: the date '2001,2,29' does not exist"},
    {"a.csv", "date,q\n2001-01-01,1\nyesterday,1\n2001-01-03,1\n", FORMAT,
     "a.csv:3: column 1: expected a date (as 2001-02-28), found 'yesterday'"},
    {"a.csv", "date,q\n2001-01-01,1\n,1\n2001-01-03,1\n", FORMAT,
     "a.csv:3: column 1: expected a date (as 2001-02-28), found ''"},
    {"a.csv", "date,q,p\n2000-01-01,1,2\n2000-01-02,1\n2000-01-03,1,2\n", FORMAT,
     "a.csv:3: expected 3 columns as in the first line, found 2"},
    {"a.csv", "date,q,p\n2000-01-01,1,2\n2000-01-02,1,2\n2000-0", FORMAT,
     "a.csv:4: the file ends inside this line: expected 3 columns, found 1"},
    {"a.csv", "a,b\n1,2,2000-01-01,3\n1,2,2000-01-02,3\n", FORMAT,
     "a.csv:1: expected at least 3 columns as in the lines below, found 2"},
    {"a.csv", "date,q\n2000-01-01,\"1\n2000-01-02,2\n2000-01-03,2\n", FORMAT,
     "a.csv:2: a quote does not end, or text follows it"},
    {"a.csv", "date,q\n2000-01-01,\"1\"5\n2000-01-02,2\n2000-01-03,2\n", FORMAT,
     "a.csv:2: a quote does not end, or text follows it"},
    {"a.csv", "date,q,q\n2000-01-01,1,2\n", FORMAT, "a.csv:1: two columns are called 'q'"},
    {"a.csv", "date,flag\n2000-01-01,ok\n2000-01-02,est\n", FORMAT,
     "a.csv:1: no column of numbers beside the date"},
    {"a.csv",
     "date,aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg\n2000-01-01,1\n",
     FORMAT,
     "a.csv:1: column 2: expected a name of at most 63 bytes of UTF-8, found "
     "'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...'"},
    {"a.csv", "date,\xF0 q\n2000-01-01,1\n", FORMAT, /* Windows-1251 */
     "a.csv:1: column 2: expected a name of at most 63 bytes of UTF-8, found '? q'"},
    {"a.csv",
     "\xFF\xFE"
     "d",
     FORMAT, "a.csv: text in UTF-16: save it as UTF-8 (or plain) text"},
    {"a.csv",
     "t,q\n2000-01-01 00:00,1\n2000-01-01 01:00,1\n2000-01-01 02:00,1\n2000-01-01 03:17,1\n",
     FORMAT,
     "a.csv:5: 2000-01-01T03:17 is not a whole number of steps of 3600 s after the first time, "
     "2000-01-01"},
    {"a.csv", "date,q\n1998-01-01,1\n1998-01-02,1\n9198-01-03,1\n", FORMAT,
     "a.csv:4: 3 rows from 1998-01-01 to 9198-01-03: a date is mistyped, or the record has more "
     "gaps than can be filled"},
    {"a.dly", "1948 1 1    2.7800  -99.0000  -99.0000   -0.7778   -7.2278\n1948 1 2    2.7800\n",
     FORMAT, "a.dly:2: expected 58 characters (date, P, PE, Q, Tmax, Tmin), found 18"},
    {"a.dly", "1948 230    2.7800  -99.0000  -99.0000   -0.7778   -7.2278\n", FORMAT,
     "a.dly:1: expected a date of 8 characters (as 19480131), found '1948 230'"},
    {"a.dly", "1948 1 1    2.7800  -99.0000  ****.****   -0.7778   -7.2278\n", FORMAT,
     "a.dly:1: expected 58 characters (date, P, PE, Q, Tmax, Tmin), found 59"},
    {"a.dly", "1948 1 1    2.7800  -99.0000 ****.****   -0.7778   -7.2278\n", FORMAT,
     "a.dly:1: column 'q': expected a number, found '****.****'"},
    {"a.xyz", "hello\n", FORMAT, "a.xyz: no reader knows this kind of file"},
};

static void each_bad(void **state) {
    (void)state;
    char dir[256], path[512], want[1024];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    for (int64_t i = 0; i < FRS_LEN(bads); i++) {
        frs_series s = {0};
        test_file(path, dir, bads[i].file, bads[i].text);
        assert_status(ctx, frs_read_series(ctx, path, NULL, &s), bads[i].status);
        snprintf(want, sizeof want, "%s/%s", dir, bads[i].want);
        assert_string_equal(frs_message(ctx), want);
        assert_null(s.values);
    }
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static frs_status read_bytes(frs_ctx *ctx, const char *path, const char *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    frs_series s = {0};
    return frs_read_series(ctx, path, NULL, &s);
}

static void not_text(void **state) {
    (void)state;
    char dir[256], path[512], *line;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_series s = {0};
    test_dir(dir);
    snprintf(path, sizeof path, "%s/none.csv", dir);
    assert_status(ctx, frs_read_series(ctx, path, NULL, &s), FRS_E_IO);
    assert_message(ctx, "none.csv: No such file or directory");
    assert_status(ctx, frs_read_series(ctx, dir, NULL, &s), FRS_E_IO);
    assert_message(ctx, "Is a directory");
    snprintf(path, sizeof path, "%s/a.csv", dir);
    assert_int_equal(read_bytes(ctx, path, "date,q\n2000-01-01,1\0\n", 21), FRS_E_FORMAT);
    assert_message(ctx, "a.csv: expected text, found a binary file (byte 0 at 19)");
    const size_t n = (size_t)1 << 21; /* a line that is too long */
    line = malloc(n);
    memset(line, '7', n);
    memcpy(line, "date,q\n2000-01-01,1\n2000-01-02,1\n2000-01-03,", 44);
    assert_int_equal(read_bytes(ctx, path, line, n), FRS_E_FORMAT);
    assert_message(ctx, "a.csv:4: a line of 2097119 bytes; at most 1048576");
    free(line);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* 129 variables, and more columns than any table has */
static void too_many(void **state) {
    (void)state;
    char dir[256], path[512], *text = calloc(1, 65536);
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    snprintf(path, sizeof path, "%s/a.csv", dir);
    const int counts[] = {129, 1100};
    const char *const wants[] = {"a.csv:1: more than 128 columns of numbers",
                                 "a.csv:1: more than 1024 columns"};
    for (int k = 0; k < 2; k++) {
        size_t n = (size_t)sprintf(text, "date");
        for (int i = 0; i < counts[k]; i++) n += (size_t)sprintf(text + n, ",v%d", i);
        n += (size_t)sprintf(text + n, "\n2000-01-01");
        for (int i = 0; i < counts[k]; i++) n += (size_t)sprintf(text + n, ",%d", i);
        n += (size_t)sprintf(text + n, "\n");
        assert_int_equal(read_bytes(ctx, path, text, n), FRS_E_FORMAT);
        assert_message(ctx, wants[k]);
    }
    free(text);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_bad), cmocka_unit_test(not_text),
                                       cmocka_unit_test(too_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
