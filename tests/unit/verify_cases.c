/* Values of the scores: cases worked by hand (cases/scores) and made with numpy and scipy
 * (golden/scores). A file holds cases of lines "key values..."; "#" begins a remark.
 *     case TITLE                a new one
 *     steps_per_day N           1 if not said
 *     tolerance T               |d| <= T (1 + |expected|); 1e-12 if not said
 *     obs V..   sim V..   ref V..     appended; nan: missing
 *     score NAME V | undefined | nodata      "skill" is against ref */
#include "freshet/verify.h"
#include "support.h"
#include <math.h>

enum { MAX_STEPS = 4000 };
typedef struct test_case {
    char where[512], title[256];
    float side[3][MAX_STEPS]; /* obs, sim, ref */
    int64_t n[3];
    double steps_per_day, tolerance;
    int line, scores;
} test_case;

static frs_ctx *ctx;
static int64_t n_cases, n_scores, n_wrong;

static void wrong(const test_case *c, const char *what) {
    print_error("%s:%d: %s: %s\n", c->where, c->line, c->title, what);
    n_wrong++;
}

static double number(const test_case *c, const char *word) {
    double v = NAN;
    if (strcmp(word, "nan") != 0 && !frs__parse_double(word, strlen(word), '.', &v)) wrong(c, word);
    return v;
}

static frs_status value_of(const test_case *c, const char *name, double *v) {
    const float *obs = c->side[0], *sim = c->side[1], *ref = c->side[2];
    if (strcmp(name, "skill") == 0) return frs_skill(sim, ref, obs, c->n[0], v);
    const frs_score *s = frs_score_find(name);
    const frs_score_series d = {sim, obs, c->n[0], c->steps_per_day};
    return s ? frs_score_value(ctx, s, &d, v) : FRS_E_ARG;
}

static void check_score(test_case *c, const char *name, const char *want) {
    double v = 1e300;
    char text[256], shown[40];
    const frs_status s = value_of(c, name, &v);
    frs_status status = FRS_OK;
    if (!strcmp(want, "undefined")) status = FRS_E_UNDEFINED;
    if (!strcmp(want, "nodata")) status = FRS_E_NODATA;
    const double expected = status == FRS_OK ? number(c, want) : NAN;
    bool good = s == status;
    if (good && s == FRS_OK)
        good = fabs(v - expected) <= c->tolerance * (1 + fabs(expected));
    else if (good)
        good = isnan(v);
    snprintf(text, sizeof text, "%s: expected %s, got %s (%s)", name, want,
             frs__format_double(v, shown), frs_status_name(s));
    if (c->n[0] != c->n[1]) wrong(c, "obs and sim differ in length");
    if (!good) wrong(c, text);
    c->scores++;
    n_scores++;
}

static void begin(test_case *c, const char *title) {
    if (c->title[0] && c->scores == 0) wrong(c, "a case without a score");
    snprintf(c->title, sizeof c->title, "%s", title);
    c->n[0] = c->n[1] = c->n[2] = 0;
    c->steps_per_day = 1;
    c->tolerance = 1e-12;
    c->scores = 0;
    n_cases++;
}

static void append(test_case *c, int side, char **rest) {
    for (char *w; (w = strtok_r(NULL, " ", rest));) {
        if (c->n[side] == MAX_STEPS) fail_msg("%s: too long", c->where);
        c->side[side][c->n[side]++] = (float)number(c, w);
    }
}

static void do_line(test_case *c, char *line) {
    static const char *const sides[] = {"obs", "sim", "ref"};
    line[strcspn(line, "#")] = 0;
    char *rest = NULL, *key = strtok_r(line, " ", &rest);
    if (!key) return;
    for (int i = 0; i < 3; i++)
        if (!strcmp(key, sides[i])) {
            append(c, i, &rest);
            return;
        }
    if (!strcmp(key, "case")) {
        begin(c, rest);
        return;
    }
    char *a = strtok_r(NULL, " ", &rest), *b = strtok_r(NULL, " ", &rest);
    if (!strcmp(key, "steps_per_day") && a)
        c->steps_per_day = number(c, a);
    else if (!strcmp(key, "tolerance") && a)
        c->tolerance = number(c, a);
    else if (!strcmp(key, "score") && a && b)
        check_score(c, a, b);
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
    if (c->scores == 0) wrong(c, "the last case has no score");
    frs__free(ctx, c);
    frs__free(ctx, text);
}

static void do_folder(const char *folder) {
    char path[512];
    char **names = NULL;
    int64_t n = 0;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    n_cases = n_scores = n_wrong = 0;
    snprintf(path, sizeof path, "%s/%s", FRS_TEST_DIR, folder);
    assert_ok(ctx, frs__list_dir(ctx, path, &names, &n));
    for (int64_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", FRS_TEST_DIR, folder, names[i]);
        do_file(path);
    }
    frs__free(ctx, names);
    frs_ctx_free(ctx);
    print_message("%s: %lld cases, %lld scores\n", folder, (long long)n_cases, (long long)n_scores);
    assert_true(n_scores >= 2 * frs_n_scores());
    assert_int_equal(n_wrong, 0);
}

static void worked_by_hand(void **state) {
    (void)state;
    do_folder("cases/scores");
}

static void made_with_numpy_and_scipy(void **state) {
    (void)state;
    do_folder("golden/scores");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_by_hand),
        cmocka_unit_test(made_with_numpy_and_scipy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
