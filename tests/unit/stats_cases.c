/* Values of src/stats: cases worked by hand (cases/stats) and made with statsmodels, SciPy and
 * numpy (golden/stats). A file holds cases of lines "key values..."; "#" begins a remark.
 *     case TITLE           a new one
 *     start DATE           of the first value; 2001-01-01 if not said. The step is a day.
 *     tolerance T          |d| <= T (1 + |expected|); 1e-12 if not said
 *     x V..   y V..        appended; nan: missing
 *     check METHOD [ARGUMENT..] V      NaN for undefined; the methods are in the table below */
#include "stats/stats.h"
#include "support.h"
#include <math.h>

enum { MAX_VALUES = 4000, MAX_WORDS = 8 };
typedef struct test_case {
    char where[512], title[256];
    double x[MAX_VALUES], y[MAX_VALUES], work[4][MAX_VALUES];
    int64_t n, m, start_s;
    double tolerance;
    int line, checks;
} test_case;

static frs_ctx *ctx;
static int64_t n_checks, n_wrong;
/* The words behind a method's name; what is not there is "". */
typedef struct words {
    const char *at[MAX_WORDS];
} words;

static void wrong(const test_case *c, const char *what) {
    print_error("%s:%d: %s: %s\n", c->where, c->line, c->title, what);
    n_wrong++;
}

static double number(const char *word) {
    double v = NAN;
    if (strcmp(word, "nan") != 0 && !frs__parse_double(word, strlen(word), '.', &v))
        fail_msg("'%s' is not a number", word);
    return v;
}

static int64_t whole(const char *word) {
    return (int64_t)number(word);
}

static frs_record record(const test_case *c) {
    return (frs_record){c->x, c->n, c->start_s, {FRS_DAY_S, FRS_STEP_SECOND}};
}

/* Value of the field `name` in a list of {name, value}; fails the test if there is none. */
typedef struct field {
    const char *name;
    double value;
} field;
static double pick(const char *name, const field *f, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(f[i].name, name) == 0) return f[i].value;
    fail_msg("no field '%s'", name);
    return NAN;
}
#define PICK(name, ...)                                                                            \
    pick(name, (const field[]){__VA_ARGS__}, (int)FRS_LEN(((const field[]){__VA_ARGS__})))

static double do_describe(test_case *c, const words *w) {
    frs_description d;
    frs_describe(ctx, c->x, c->n, &d);
    return PICK(w->at[0], {"n", (double)d.n}, {"missing", (double)d.n_missing}, {"mean", d.mean},
                {"sd", d.sd}, {"cv", d.cv}, {"skew", d.skew}, {"min", d.min}, {"q05", d.q05},
                {"q25", d.q25}, {"median", d.median}, {"q75", d.q75}, {"q95", d.q95},
                {"max", d.max});
}

static double do_duration(test_case *c, const words *w) {
    const double share = number(w->at[0]);
    double q = NAN;
    frs_flow_duration(ctx, c->x, c->n, &share, 1, &q);
    return q;
}

static double do_acf(test_case *c, const words *w) {
    const int64_t lag = whole(w->at[1]);
    frs_correlogram r = {c->work[0], c->work[1], c->work[2], 0};
    frs_acf(ctx, c->x, c->n, lag, &r);
    return PICK(w->at[0], {"acf", r.acf[lag]}, {"acf_bound", r.acf_bound[lag]},
                {"pacf", r.pacf[lag]}, {"pacf_bound", r.pacf_bound});
}

static double do_ccf(test_case *c, const words *w) {
    const int64_t lag = whole(w->at[1]);
    const frs_record x = record(c);
    frs_cross r = {.r = c->work[0]};
    frs_ccf(ctx, &x, c->y, lag, &r);
    return strcmp(w->at[0], "response") == 0 ? (double)r.response : r.r[lag];
}

static double do_root(test_case *c, const words *w) {
    frs_unit_root r;
    if (strcmp(w->at[0], "adf") == 0)
        frs_adf(ctx, c->x, c->n, &r);
    else
        frs_kpss(ctx, c->x, c->n, &r);
    return PICK(w->at[1], {"statistic", r.statistic}, {"p", r.p}, {"lags", (double)r.lags},
                {"n", (double)r.n}, {"critical", r.critical[1]});
}

static double do_trend(test_case *c, const words *w) {
    frs_trend t;
    const bool sen = strcmp(w->at[0], "sen") == 0;
    if (sen)
        frs_sen_slope(ctx, c->x, c->n, &t);
    else
        frs_mann_kendall(ctx, c->x, c->n, &t);
    if (sen)
        return PICK(w->at[1], {"slope", t.slope}, {"low", t.low}, {"high", t.high},
                    {"intercept", t.intercept}, {"n", (double)t.n});
    return PICK(w->at[1], {"s", t.s}, {"z", t.z}, {"p", t.p}, {"p_plain", t.p_plain},
                {"correction", t.correction});
}

static double do_break(test_case *c, const words *w) {
    frs_break b;
    if (strcmp(w->at[0], "pettitt") == 0)
        frs_pettitt(ctx, c->x, c->n, &b);
    else
        frs_snht(ctx, c->x, c->n, 1, &b);
    return PICK(w->at[1], {"statistic", b.statistic}, {"at", (double)b.at}, {"p", b.p},
                {"before", b.before}, {"after", b.after});
}

static double do_boxcox(test_case *c, const words *w) {
    frs_boxcox b;
    frs_box_cox(ctx, c->x, c->n, &b);
    return PICK(w->at[0], {"lambda", b.lambda}, {"likelihood", b.log_likelihood},
                {"n", (double)b.n}, {"dropped", (double)b.n_not_positive});
}

static double do_stl(test_case *c, const words *w) {
    const frs_stl_opts o = {.period = 12, .robust = strcmp(w->at[0], "stl_robust") == 0};
    const int64_t i = whole(w->at[2]);
    frs_stl(ctx, c->x, c->n, &o, (frs_stl_parts){c->work[0], c->work[1], c->work[2]});
    return PICK(w->at[1], {"season", c->work[0][i]}, {"trend", c->work[1][i]},
                {"weight", c->work[2][i]});
}

static double do_periodogram(test_case *c, const words *w) {
    const int64_t i = whole(w->at[1]);
    int64_t size;
    frs_periodogram(ctx, c->x, c->n, c->work[0], c->work[1], &size);
    return PICK(w->at[0], {"frequency", c->work[0][i]}, {"power", c->work[1][i]});
}

static double do_baseflow(test_case *c, const words *w) {
    const frs_baseflow_opts o = {.alpha = number(w->at[1])};
    double index;
    frs_baseflow(ctx, c->x, c->n, &o, c->work[0], &index);
    return strcmp(w->at[0], "baseflow") == 0 ? c->work[0][whole(w->at[2])] : index;
}

static double do_signature(test_case *c, const words *w) {
    const frs_record r = record(c);
    double v[FRS_N_SIGNATURES];
    frs_signatures(ctx, &r, c->m ? c->y : NULL, v);
    for (int i = 0; i < FRS_N_SIGNATURES; i++)
        if (strcmp(w->at[0], frs_signature_name(i)) == 0) return v[i];
    fail_msg("no signature '%s'", w->at[0]);
    return NAN;
}

static double do_yearly(test_case *c, const words *w) {
    const char *what = w->at[0];
    const frs_record r = record(c);
    const frs_yearly_opts o = {.what = strcmp(what, "mean") == 0  ? FRS_YEARLY_MEAN
                                       : strcmp(what, "max") == 0 ? FRS_YEARLY_MAX
                                                                  : FRS_YEARLY_MIN,
                               .first_month = (int)whole(w->at[1]),
                               .n_months = (int)whole(w->at[2]),
                               .window_days = strcmp(what, "min7") == 0 ? 7 : 0};
    frs_years y;
    if (frs_yearly_values(ctx, &r, &o, &y) != FRS_OK) return NAN;
    const int64_t i = whole(w->at[3]) - y.first_year;
    const double v = i >= 0 && i < y.n ? y.values[i] : NAN;
    frs_years_free(ctx, &y);
    return v;
}

static double do_cycle(test_case *c, const words *w) {
    const frs_record r = record(c);
    double share;
    frs_yearly_cycle(ctx, &r, 4, c->work[0], &share);
    return strcmp(w->at[0], "cycle") == 0 ? c->work[0][whole(w->at[1])] : share;
}

static double do_lmoment(test_case *c, const words *w) {
    double l[4];
    frs_l_moments(ctx, c->x, c->n, l);
    return l[whole(w->at[0])];
}

/* par NAME i, quantile NAME p: of the distribution fitted to x */
static double do_distribution(test_case *c, const words *w) {
    const frs_distribution *d = frs_distribution_find(w->at[1]);
    double par[3] = {NAN, NAN, NAN};
    assert_non_null(d);
    memcpy(c->work[0], c->x, (size_t)c->n * sizeof *c->x);
    frs__ascending(c->work[0], c->n);
    if (d->fit(c->work[0], c->n, par) != FRS_OK) return NAN;
    return strcmp(w->at[0], "par") == 0 ? par[whole(w->at[2])] : d->quantile(par, number(w->at[2]));
}

/* km G B cv, cs or P: of Kritsky and Menkel's distribution of mean 1 */
static double do_kritsky_menkel(test_case *c, const words *w) {
    (void)c;
    const double par[3] = {1, number(w->at[0]), number(w->at[1])};
    double cv, cs;
    frs__kritsky_menkel_moments(par, &cv, &cs);
    if (strcmp(w->at[2], "cv") == 0) return cv;
    return strcmp(w->at[2], "cs") == 0
               ? cs
               : frs_distribution_find("kritsky_menkel")->quantile(par, number(w->at[2]));
}

/* Which distribution has this Cv and Cs/Cv: with a b the shape that gives the Cv, then the b that
 * gives the ratio. */
typedef struct ordinate {
    double cv, ratio, sign, b;
} ordinate;

static double shape_of(const ordinate *o, double log_distance) { /* Cs needs g + 3 b > 0 */
    return fmax(0, -3 * o->b) + exp(log_distance);
}

static double cv_off(const void *arg, double log_distance) {
    const ordinate *o = arg;
    double cv, cs;
    frs__kritsky_menkel_moments((double[]){1, shape_of(o, log_distance), o->b}, &cv, &cs);
    return log(cv / o->cv);
}

/* A b for which no shape gives the Cv is too skewed. */
static double ratio_off(const void *arg, double log_b) {
    ordinate o = *(const ordinate *)arg;
    double cv, cs;
    o.b = o.sign * exp(log_b);
    const double at = frs__root(cv_off, &o, log(1e-6), log(1e6));
    if (isnan(at)) return o.ratio;
    frs__kritsky_menkel_moments((double[]){1, shape_of(&o, at), o.b}, &cv, &cs);
    return cs / cv - o.ratio;
}

/* ordinate CV CS/CV P: exceeded with probability P %, as printed tables have it */
static double do_ordinate(test_case *c, const words *w) {
    (void)c;
    ordinate o = {.cv = number(w->at[0]), .ratio = number(w->at[1])};
    o.sign = o.ratio > 3 + o.cv * o.cv ? -1 : 1; /* the lognormal distribution lies between */
    o.b = o.sign * exp(frs__root(ratio_off, &o, log(0.02), log(40)));
    const double at = frs__root(cv_off, &o, log(1e-6), log(1e6));
    return frs_distribution_find("kritsky_menkel")
        ->quantile((double[]){1, shape_of(&o, at), o.b}, 1 - number(w->at[2]) / 100);
}

static double do_special(test_case *c, const words *w) {
    (void)c;
    const char *name = w->at[0];
    const double a = number(w->at[1]), b = *w->at[2] ? number(w->at[2]) : NAN;
    if (strcmp(name, "gamma_p") == 0) return frs__gamma_p(a, b);
    if (strcmp(name, "gamma_quantile") == 0) return frs__gamma_quantile(a, b);
    return strcmp(name, "digamma") == 0 ? frs__digamma(a) : frs__normal_quantile(a);
}

/* balance FIELD: x flow, y precipitation, potential evaporation 1.5 times the precipitation */
static double do_balance(test_case *c, const words *w) {
    const frs_record r = record(c);
    frs_balance b;
    for (int64_t i = 0; i < c->n; i++) c->work[0][i] = 1.5 * c->y[i];
    frs_water_balance(ctx, &r, c->y, c->work[0], &b);
    return PICK(w->at[0], {"p", b.p}, {"q", b.q}, {"pe", b.pe}, {"runoff_ratio", b.runoff_ratio},
                {"aridity", b.aridity}, {"evaporation", b.evaporation}, {"budyko", b.budyko},
                {"n", (double)b.n});
}

/* named: the method's own name is the first of its words. */
static const struct {
    const char *name;
    double (*run)(test_case *c, const words *w);
    bool named;
} methods[] = {{"describe", do_describe, false},
               {"duration", do_duration, false},
               {"acf", do_acf, true},
               {"acf_bound", do_acf, true},
               {"pacf", do_acf, true},
               {"pacf_bound", do_acf, true},
               {"ccf", do_ccf, true},
               {"response", do_ccf, true},
               {"adf", do_root, true},
               {"kpss", do_root, true},
               {"sen", do_trend, true},
               {"kendall", do_trend, true},
               {"pettitt", do_break, true},
               {"snht", do_break, true},
               {"boxcox", do_boxcox, false},
               {"stl", do_stl, true},
               {"stl_robust", do_stl, true},
               {"frequency", do_periodogram, true},
               {"power", do_periodogram, true},
               {"baseflow", do_baseflow, true},
               {"baseflow_index", do_baseflow, true},
               {"signature", do_signature, false},
               {"yearly", do_yearly, false},
               {"cycle", do_cycle, true},
               {"cycle_share", do_cycle, true},
               {"lmoment", do_lmoment, false},
               {"par", do_distribution, true},
               {"quantile", do_distribution, true},
               {"km", do_kritsky_menkel, false},
               {"ordinate", do_ordinate, false},
               {"gamma_p", do_special, true},
               {"gamma_quantile", do_special, true},
               {"normal_quantile", do_special, true},
               {"digamma", do_special, true},
               {"balance", do_balance, false}};

static void check(test_case *c, char *rest) {
    words w = {{0}};
    char copy[256], text[400], shown[40];
    int n = 0;
    snprintf(copy, sizeof copy, "%s", rest);
    for (char *word; n < MAX_WORDS && (word = strtok_r(NULL, " ", &rest));) w.at[n++] = word;
    if (n < 2) {
        wrong(c, "check METHOD .. VALUE");
        return;
    }
    const double want = number(w.at[--n]);
    for (int i = n; i < MAX_WORDS; i++) w.at[i] = "";
    for (int64_t i = 0; i < FRS_LEN(methods); i++) {
        if (strcmp(methods[i].name, w.at[0]) != 0) continue;
        words behind = w;
        if (!methods[i].named)
            for (int k = 0; k + 1 < MAX_WORDS; k++) behind.at[k] = w.at[k + 1];
        const double got = methods[i].run(c, &behind);
        const bool good =
            isnan(want) ? isnan(got) : fabs(got - want) <= c->tolerance * (1 + fabs(want));
        snprintf(text, sizeof text, "%s: got %s", copy, frs__format_double(got, shown));
        if (!good) wrong(c, text);
        c->checks++;
        n_checks++;
        return;
    }
    wrong(c, "no such method");
}

static void begin(test_case *c, const char *title) {
    if (c->title[0] && c->checks == 0) wrong(c, "a case without a check");
    snprintf(c->title, sizeof c->title, "%s", title);
    c->n = c->m = 0;
    c->start_s = frs_time_from_civil((frs_civil){.year = 2001, .month = 1, .day = 1});
    c->tolerance = 1e-12;
    c->checks = 0;
}

static void append(test_case *c, double *to, int64_t *n, char **rest) {
    for (char *w; (w = strtok_r(NULL, " ", rest));) {
        if (*n == MAX_VALUES) fail_msg("%s: too long", c->where);
        to[(*n)++] = number(w);
    }
}

static void do_line(test_case *c, char *line) {
    line[strcspn(line, "#")] = 0;
    char *rest = NULL, *key = strtok_r(line, " ", &rest);
    if (!key) return;
    if (!strcmp(key, "case"))
        begin(c, rest);
    else if (!strcmp(key, "x"))
        append(c, c->x, &c->n, &rest);
    else if (!strcmp(key, "y"))
        append(c, c->y, &c->m, &rest);
    else if (!strcmp(key, "tolerance"))
        c->tolerance = number(strtok_r(NULL, " ", &rest));
    else if (!strcmp(key, "start")) {
        const char *w = strtok_r(NULL, " ", &rest);
        if (frs_date_parse(w, strlen(w), &c->start_s) != FRS_OK) wrong(c, "a date");
    } else if (!strcmp(key, "check"))
        check(c, rest);
    else
        wrong(c, "a line that means nothing here");
}

static void do_file(const char *path) {
    char *text = NULL;
    int64_t n_bytes = 0;
    assert_ok(ctx, frs__read_file(ctx, path, 1 << 20, &text, &n_bytes));
    test_case *c = frs__alloc(ctx, 1, sizeof *c);
    assert_non_null(c);
    snprintf(c->where, sizeof c->where, "%s", path);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
        c->line++;
        do_line(c, line);
    }
    if (c->checks == 0) wrong(c, "the last case has no check");
    frs__free(ctx, c);
    frs__free(ctx, text);
}

static void do_folder(const char *name) {
    char path[512], **names = NULL;
    int64_t n = 0;
    snprintf(path, sizeof path, "%s/%s", FRS_TEST_DIR, name);
    assert_ok(ctx, frs__list_dir(ctx, path, &names, &n));
    assert_true(n > 0);
    for (int64_t i = 0; i < n; i++) {
        char *file = frs__path_join(ctx, path, names[i]);
        do_file(file);
        frs__free(ctx, file);
    }
    frs__free(ctx, names);
}

static void values_are_right(void **state) {
    (void)state;
    test_heap h = {0};
    ctx = test_ctx_new(&h, 1);
    do_folder("cases/stats");
    do_folder("golden/stats");
    print_message("%lld values\n", (long long)n_checks);
    assert_int_equal(n_wrong, 0);
    assert_true(n_checks > 250);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_right)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
