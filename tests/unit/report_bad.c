/* Files of a run folder that are broken, cut off or hostile: FRS_E_FORMAT with the file and the
 * line, and neither crash nor leak. */
#include "support.h"

#include "report_case.h"

enum { RUN, SCORES, LEARNING, FINDINGS, TESTS, PRECIPITATION, SITES, FILES };
static const char *const names[FILES] = {"run.json",     "scores.csv", "learning.csv",
                                         "findings.csv", "tests.csv",  "precipitation.csv",
                                         "sites.csv"};
#define SCORES_HEADER   "site,task,lead,period,model,metric,value,low,high\n"
#define SCORES_10       "site,task,lead,period,model,metric,value,low,high,subset\n"
#define LEARNING_HEADER "model,epoch,training_loss,validation_loss,seconds,learning_rate\n"
#define FINDINGS_HEADER "severity,site,variable,code,count,longest,first,value,text,action\n"
#define TESTS_HEADER                                                                               \
    "site,lead,winner,reference,method,metric,difference,low,high,statistic,p,p_holm,n,verdict,"   \
    "note\n"
#define RUN_START "{\"step\":{\"count\":86400,\"unit\":\"second\"},"
static const char *const good[FILES] = {
    "{\"title\":\"t\",\"leads\":2,\"task\":\"forecast\",\n\"step\":{\"count\":86400,\"unit\":"
    "\"second\"},\n\"sites\":[\"a\",\"b\"],\n\"forecasters\":[{\"name\":\"lstm\"},"
    "{\"name\":\"persistence\",\"baseline\":true}],\n\"periods\":{\"test\":{\"from\":\"2001-01-"
    "01\","
    "\"to\":\"2002-01-01\"}},\"common_samples\":[3,2]}\n",
    SCORES_HEADER "a,forecast,1,test,lstm,NSE,0.5,0.4,0.6\nb,forecast,1,test,lstm,NSE,0.7,,\n",
    LEARNING_HEADER "lstm,1,0.5,,1,0.001\nlstm,2,0.4,0.6,1,0.001\n",
    FINDINGS_HEADER "note,a,q,missing,1,1,2001-01-02,,\"x, y\",z\n",
    TESTS_HEADER "a,1,lstm,persistence,bootstrap,NSE,0.1,0.05,0.15,0.1,0.01,0.02,9,better,\n"
                 "all,2,lstm,persistence,wilcoxon,NSE,0.1,,,,,,2,untested,few_catchments\n",
    NULL,
    "site,latitude,longitude\na,52.5,37\nb,,\n"};

static const struct {
    int file;
    const char *text, *message; /* what frs_message must hold, after the file's name */
} broken[] = {
    {RUN, "", ":1: "},
    {RUN, "{\"title\":\n\"t\"", ":2: "},
    {RUN, "[1, 2]", "run.json: no \"step\""},
    {RUN, "\"text\"", ":1: "},
    {RUN, "{\"a\":1,\n\"a\":2}", ":2: duplicate object key"},
    {RUN, "{\"title\":\"\xff\"}", ":1: "},
    {RUN, "{\"step\":86400}", "no \"step\""},
    {RUN, "{\"step\":{\"count\":-1}}", "count of -1"},
    {RUN, "{\"step\":{\"count\":9223372036854775807}}", "count of 9223372036854775807"},
    {RUN, RUN_START "\"leads\":-1}", "-1 leads"},
    {RUN, RUN_START "\"leads\":1000000000000}", "1000000000000 leads"},
    {RUN, RUN_START "\"year_start\":13}", "\"year_start\" is 13"},
    {SCORES, "site;task\n", ":1: the header should be \"site,task"},
    {SCORES, SCORES_HEADER "a,forecast,1,test\n", ":2: 4 fields, expected 9"},
    {SCORES, SCORES_HEADER "a,forecast,1,test,lstm,NSE,0.5,,\na,b,c,d,e,f,g,h,i,j\n",
     ":3: more than 9 fields"},
    {SCORES, SCORES_HEADER "a,forecast,1,test,lstm,NSE,abc,,\n", ":2: \"abc\" is not a number"},
    {SCORES, SCORES_HEADER "a,forecast,1,test,lstm,NSE,\"0,5\",,\n", ":2: \"0,5\" is not a number"},
    {SCORES, SCORES_HEADER "a,forecast,1.5,test,lstm,NSE,1,,\n", ":2: \"1.5\" is not a whole"},
    {SCORES, SCORES_HEADER "a,forecast,99999999999999999999,test,lstm,NSE,1,,\n", ":2: \"9999"},
    {SCORES, SCORES_HEADER "\nx,forecast,1,test,lstm,NSE,1,,\n", ":2: 1 fields"},
    {SCORES, SCORES_HEADER "x,forecast,1,test,lstm,NSE,1,,\n", ":2: site \"x\" is not in"},
    {SCORES, SCORES_HEADER "a,forecast,1,test,gru,NSE,1,,\n", ":2: model \"gru\" is not in"},
    {SCORES, SCORES_HEADER "\"a,forecast,1,test,lstm,NSE,1,,\n",
     ":2: more than 9 fields, or a quote"},
    {SCORES, SCORES_HEADER "\"a\"b,forecast,1,test,lstm,NSE,1,,\n",
     ":2: text after a closing quote"},
    {SCORES, "site,task,lead,period,model,metric,value,low,high,part\n",
     ":1: the header should be"},
    {SCORES, "site,task,lead,period,model,metric,value,low,high,subset,more\n",
     ":1: more than 10 fields"},
    {SCORES, SCORES_10 "a,forecast,1,test,lstm,NSE,1,,\n", ":2: 9 fields, expected 10"},
    {TESTS, "site,lead\n", ":1: the header"},
    {TESTS, TESTS_HEADER "a,1,lstm\n", ":2: 3 fields, expected 15"},
    {TESTS, TESTS_HEADER "c,1,lstm,persistence,bootstrap,NSE,,,,,,,9,better,\n",
     ":2: site \"c\" is not in"},
    {TESTS, TESTS_HEADER "all,1,lstm,persistence,bootstrap,NSE,,,,,,,9,better,\n",
     ":2: site \"all\" is not in"},
    {TESTS, TESTS_HEADER "a,1,gru,persistence,bootstrap,NSE,,,,,,,9,better,\n",
     ":2: model \"gru\""},
    {TESTS, TESTS_HEADER "a,1,lstm,gru,bootstrap,NSE,,,,,,,9,better,\n", ":2: model \"gru\""},
    {TESTS, TESTS_HEADER "a,1,lstm,persistence,t-test,NSE,,,,,,,9,better,\n",
     ":2: \"t-test\" is not known"},
    {TESTS, TESTS_HEADER "a,1,lstm,persistence,bootstrap,NSE,x,,,,,,9,better,\n",
     ":2: \"x\" is not a number"},
    {TESTS, TESTS_HEADER "a,1,lstm,persistence,bootstrap,NSE,,,,,,,9,best,\n",
     ":2: \"best\" is not known"},
    {TESTS, TESTS_HEADER "a,1,lstm,persistence,bootstrap,NSE,,,,,,,9,better,why\n",
     ":2: \"why\" is not known"},
    {LEARNING, "model,epoch\n", ":1: the header"},
    {LEARNING, LEARNING_HEADER "lstm,one,1,1,1,1\n", ":2: \"one\" is not a whole number"},
    {LEARNING, LEARNING_HEADER "gru,1,1,1,1,1\n", ":2: model \"gru\""},
    {LEARNING, LEARNING_HEADER "lstm,1,1,1,1,1\npersistence,1,1,1,1,1\nlstm,2,1,1,1,1\n",
     ":4: model \"lstm\""},
    {FINDINGS, FINDINGS_HEADER "fatal,a,q,missing,1,1,,,x,y\n", ":2: severity \"fatal\""},
    {FINDINGS, FINDINGS_HEADER "note,a,q,missing,1,1,2001-02-30,,x,y\n",
     ":2: \"2001-02-30\" is not a date"},
    {FINDINGS, FINDINGS_HEADER "note,a,q,missing,1,1,,,\"x\ny\",z\nhard,a,q,c,n,1,,,x,y\n",
     ":4: \"n\" is not a whole"},
};

typedef struct folder {
    char dir[256];
    frs_ctx *ctx;
    test_heap heap;
} folder;

static void put(const folder *f, int file, const char *text, int64_t n) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", f->dir, names[file]);
    frs__remove(path);
    if (!text) return;
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, (size_t)n, out), n);
    assert_int_equal(fclose(out), 0);
}

static void open_folder(folder *f) {
    *f = (folder){.heap = {0}};
    f->ctx = test_ctx_new(&f->heap, 1);
    test_dir(f->dir);
    for (int k = 0; k < FILES; k++) put(f, k, good[k], good[k] ? (int64_t)strlen(good[k]) : 0);
}

static void close_folder(folder *f) {
    test_ctx_free(f->ctx, &f->heap);
    test_dir_remove(f->dir);
}

/* Loads it and, when that went well, makes its page. */
static frs_status load(const folder *f) {
    char path[512];
    frs_report r;
    frs_status s = frs_report_load(f->ctx, f->dir, &r);
    if (s != FRS_OK) {
        assert_null(r.memory);
        return s;
    }
    snprintf(path, sizeof path, "%s/report.html", f->dir);
    assert_ok(f->ctx, frs_report_write(f->ctx, &r, path));
    frs_report_free(f->ctx, &r);
    return FRS_OK;
}

static void told_with_file_and_line(void **state) {
    (void)state;
    folder f;
    open_folder(&f);
    assert_ok(f.ctx, load(&f));
    for (int64_t i = 0; i < FRS_LEN(broken); i++) {
        const int k = broken[i].file;
        put(&f, k, broken[i].text, (int64_t)strlen(broken[i].text));
        assert_status(f.ctx, load(&f), FRS_E_FORMAT);
        assert_message(f.ctx, names[k]);
        assert_message(f.ctx, broken[i].message);
        put(&f, k, good[k], (int64_t)strlen(good[k]));
    }
    assert_ok(f.ctx, load(&f));
    put(&f, RUN, NULL, 0);
    assert_status(f.ctx, load(&f), FRS_E_IO);
    assert_message(f.ctx, "run.json");
    close_folder(&f);
}

/* The other files may be missing: evaluate may not have run yet. */
static void files_that_are_not_there(void **state) {
    (void)state;
    folder f;
    open_folder(&f);
    for (int k = SCORES; k < FILES; k++) put(&f, k, NULL, 0);
    assert_ok(f.ctx, load(&f));
    close_folder(&f);
}

/* Members of another type are as if they were not there; NUL bytes do not hide what follows. */
static void of_another_type(void **state) {
    (void)state;
    static const char *const texts[] = {
        RUN_START "\"title\":[],\"sites\":{},\"forecasters\":7,\"leads\":\"x\",\"seed\":null}",
        RUN_START "\"forecasters\":[1,null,{\"name\":3},{\"title\":\"x\"}],\"sites\":[1,\"a\"]}",
        RUN_START "\"periods\":{\"test\":3},\"times_s\":{\"x\":\"y\"},\"versions\":{\"a\":[]}}",
        RUN_START "\"common_samples\":[\"x\"],\"finished\":\"yesterday\",\"threads\":1e99}"};
    folder f;
    open_folder(&f);
    for (int k = SCORES; k < FILES; k++) put(&f, k, NULL, 0);
    for (int64_t i = 0; i < FRS_LEN(texts); i++) {
        put(&f, RUN, texts[i], (int64_t)strlen(texts[i]));
        assert_ok(f.ctx, load(&f));
    }
    put(&f, RUN, "{}\0{", 4);
    assert_status(f.ctx, load(&f), FRS_E_FORMAT);
    close_folder(&f);
}

/* Cut off at every byte, and with one byte turned into another. */
static void cut_off_and_changed(void **state) {
    (void)state;
    folder f;
    char text[2048];
    open_folder(&f);
    const frs_rng rng = {.seed = test_seed(), .purpose = FRS_RNG_TEST};
    for (int k = 0; k < PRECIPITATION; k++) {
        const int64_t n = (int64_t)strlen(good[k]);
        for (int64_t i = 0; i < n; i++) {
            put(&f, k, good[k], i);
            frs_status s = load(&f);
            assert_true(s == FRS_OK || s == FRS_E_FORMAT);
            memcpy(text, good[k], (size_t)n);
            text[i] = (char)(256 * frs__rng_uniform(rng, (uint64_t)(4096 * k + i)));
            put(&f, k, text, n);
            s = load(&f);
            assert_true(s == FRS_OK || s == FRS_E_FORMAT);
        }
        put(&f, k, good[k], n);
    }
    close_folder(&f);
}

/* Sites x leads x models x scores that no memory holds: refused before they are multiplied. */
static void too_many(void **state) {
    (void)state;
    folder f;
    open_folder(&f);
    for (int k = SCORES; k < FILES; k++) put(&f, k, NULL, 0);
    frs_buf b = {.ctx = f.ctx};
    frs__buf_add(&b, RUN_START "\"leads\":4096,\"forecasters\":[{\"name\":\"m\"}");
    for (int i = 1; i < 256; i++) frs__buf_printf(&b, ",{\"name\":\"m%d\"}", i);
    frs__buf_add(&b, "],\"sites\":[\"s\"");
    for (int i = 1; i < 50; i++) frs__buf_printf(&b, ",\"s%d\"", i);
    frs__buf_add(&b, "]}");
    put(&f, RUN, b.data, b.n);
    frs__buf_free(&b);
    const char *row = SCORES_HEADER "s,forecast,1,test,m,NSE,1,,\n";
    put(&f, SCORES, row, (int64_t)strlen(row));
    frs_report r;
    char path[512];
    snprintf(path, sizeof path, "%s/report.html", f.dir);
    assert_ok(f.ctx, frs_report_load(f.ctx, f.dir, &r));
    assert_status(f.ctx, frs_report_write(f.ctx, &r, path), FRS_E_ARG);
    assert_message(f.ctx, "50 sites, 4096 leads, 256 models");
    assert_int_equal(frs_report_best(f.ctx, &r), -1);
    frs_report_free(f.ctx, &r);
    close_folder(&f);
}

/* sites.csv: places of catchments that the run does not know, or that are nowhere. */
static void places_of_two_runs(void **state) {
    (void)state;
    folder f = {.heap = {0}};
    report_case c;
    static const char *const bad[][2] = {
        {"place,x,y\n", ":1: the header should be"},
        {"site,latitude,longitude\nnobody,1,2\n", ":2: site \"nobody\""},
        {"site,latitude,longitude\n01567000,1\n", ":2: 2 fields, expected 3"},
        {"site,latitude,longitude\n01567000,1,x\n", ":2: \"x\" is not a number"},
        {"site,latitude,longitude\n01567000,1,2\n01567050,91,2\n", ":3: 91, 2 is no latitude"},
        {"site,latitude,longitude\n01567000,1,-361\n", ":2: 1, -361 is no latitude"}};
    f.ctx = test_ctx_new(&f.heap, 1);
    test_dir(f.dir);
    assert_true(
        report_case_make(f.ctx, &(report_case_opts){.sites = 2, .issues = 30, .places = true}, &c));
    assert_ok(f.ctx, frs_report_save(f.ctx, &c.r, f.dir));
    assert_ok(f.ctx, load(&f));
    for (int64_t i = 0; i < FRS_LEN(bad); i++) {
        put(&f, SITES, bad[i][0], (int64_t)strlen(bad[i][0]));
        assert_status(f.ctx, load(&f), FRS_E_FORMAT);
        assert_message(f.ctx, bad[i][1]);
    }
    report_case_free(&c);
    close_folder(&f);
}

/* A folder of two runs: forecast.nc or precipitation.csv do not belong to run.json. */
static void files_of_two_runs(void **state) {
    (void)state;
    folder f = {.heap = {0}};
    report_case a, b;
    frs_report r;
    f.ctx = test_ctx_new(&f.heap, 1);
    test_dir(f.dir);
    assert_true(
        report_case_make(f.ctx, &(report_case_opts){.sites = 2, .issues = 30, .rain = true}, &a));
    assert_true(
        report_case_make(f.ctx, &(report_case_opts){.sites = 3, .issues = 30, .rain = true}, &b));
    assert_ok(f.ctx, frs_report_save(f.ctx, &a.r, f.dir));
    const frs_status s = frs_report_save_forecast(f.ctx, &b.r, f.dir);
    if (s == FRS_OK) {
        assert_status(f.ctx, frs_report_load(f.ctx, f.dir, &r), FRS_E_FORMAT);
        assert_message(f.ctx, "3 sites");
        assert_ok(f.ctx, frs_report_save_forecast(f.ctx, &a.r, f.dir));
        assert_ok(f.ctx, load(&f));
        static const char *const rain[][2] = {
            {"date,01567000,nobody\n", ":1: site \"nobody\""},
            {"date,01567000,01567050\n1990-10-01,1,2\n", "1 rows, expected 30"},
            {"date,01567000,01567050\n1990-10-01,1\n", ":2: 2 fields, expected 3"},
            {"date,01567000,01567050\n1990-10-01,1,x\n", ":2: \"x\" is not a number"},
            {"date,01567000\n1990-10-02,1\n", ":2: date \"1990-10-02\", expected 1990-10-01"},
            {"date,1,2,3,4,5,6,7,8,9,10,11,12,13\n", ":1: more than 3 fields"}};
        for (int64_t i = 0; i < FRS_LEN(rain); i++) {
            put(&f, PRECIPITATION, rain[i][0], (int64_t)strlen(rain[i][0]));
            assert_status(f.ctx, load(&f), FRS_E_FORMAT);
            assert_message(f.ctx, rain[i][1]);
        }
    } else
        assert_status(f.ctx, s, FRS_E_UNSUPPORTED);
    report_case_free(&a);
    report_case_free(&b);
    close_folder(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(told_with_file_and_line),
                                       cmocka_unit_test(files_that_are_not_there),
                                       cmocka_unit_test(of_another_type),
                                       cmocka_unit_test(cut_off_and_changed),
                                       cmocka_unit_test(too_many),
                                       cmocka_unit_test(files_of_two_runs),
                                       cmocka_unit_test(places_of_two_runs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
