/* After the leaderboard: the model that the validation period chose beside each reference, a line
 * each, from tests.csv. With many leads the terminal shows the first and the last. */
#include "report/verdict.h"
#include "cmd/cmd.h"
#include "report/files.h"
#include <math.h>
#include <string.h>

enum { MOST_LINES = 12 };

/* A p of any size. */
static char *two_digits(double v, char *buf) {
    buf[0] = 0;
    if (!isnan(v)) snprintf(buf, 40, "%.2g", v);
    return buf;
}

static void line_of(const cmd *c, term_table *tab, const frs_report *r, const frs_report_test *t) {
    char lead[32], number[5][40];
    snprintf(lead, sizeof lead, "%lld", (long long)t->lead);
    const char *cells[] = {r->models[t->winner].name,
                           r->models[t->reference].name,
                           lead,
                           term_number(t->difference, 3, number[0]),
                           term_number(t->low, 3, number[1]),
                           term_number(t->high, 3, number[2]),
                           two_digits(t->p_holm, number[3]),
                           c->t.json ? frs__verdict_name(t->verdict) : frs__verdict_text(t),
                           frs__method_name(t->method)};
    term_row(tab, cells);
}

static frs_status table(cmd *c, const frs_report *r) {
    char difference[64];
    const frs_test_method method = frs__main_method(r);
    const frs_report_test *first = NULL;
    int64_t n = 0, last_lead = 0;
    for (int64_t i = 0; i < r->n_tests; i++) {
        if (r->tests[i].method != method) continue;
        if (!first) first = &r->tests[i];
        if (r->tests[i].lead > last_lead) last_lead = r->tests[i].lead;
        n++;
    }
    if (n == 0) return FRS_OK;
    snprintf(difference, sizeof difference, _("Difference in %.31s"), first->metric);
    term_table tab = {.memory.ctx = c->ctx,
                      .name = "test",
                      .n_columns = 9,
                      .columns = {{"model", _("Chosen"), false},
                                  {"reference", _("Against"), false},
                                  {"lead", _("Lead"), true},
                                  {"difference", difference, true},
                                  {"low", "2.5 %", true},
                                  {"high", "97.5 %", true},
                                  {"p", _("p, corrected"), true},
                                  {"verdict", _("The chosen one is"), false},
                                  {"method", _("Test"), false}}};
    for (int64_t i = 0; i < r->n_tests; i++) {
        const frs_report_test *t = &r->tests[i];
        const bool shown =
            c->t.json || n <= MOST_LINES || t->lead == first->lead || t->lead == last_lead;
        if (t->method == method && shown) line_of(c, &tab, r, t);
    }
    return term_table_print(&c->t, &tab, false);
}

static frs_status seeds(cmd *c, const frs_report *r) {
    frs_buf names = {.ctx = c->ctx};
    if (frs__few_seeds(r, &names))
        term_say(&c->t,
                 _("Trained from fewer than %d seeds: %s. What the tests say holds for these "
                   "trainings, not for the method."),
                 FRS_CLAIM_SEEDS, names.data);
    const frs_status s = frs__buf_status(&names);
    frs__buf_free(&names);
    return s;
}

static frs_status read_both(cmd *c, frs_report_memory *m, const char *folder, frs_report *r) {
    char *run = frs__path_join(c->ctx, folder, "run.json"),
         *tests = frs__path_join(c->ctx, folder, "tests.csv");
    frs_status s = run && tests ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__read_run_json(c->ctx, m, run, r);
    if (s == FRS_OK) s = frs__read_tests(c->ctx, m, tests, r);
    frs__free(c->ctx, run);
    frs__free(c->ctx, tests);
    return s;
}

/* The folder of a run of several holds their scores alone: each has its own tests. */
static bool of_several(cmd *c, const char *folder) {
    char *path = frs__path_join(c->ctx, folder, "run.json");
    const bool one = path && frs__exists(path);
    frs__free(c->ctx, path);
    return !one;
}

frs_status cmd_verdict(cmd *c, const char *folder) {
    if (of_several(c, folder)) return FRS_OK;
    frs_report_memory m = {.arena = {.ctx = c->ctx}};
    frs_report r = {0};
    frs_status s = read_both(c, &m, folder, &r);
    if (s == FRS_OK && r.n_tests > 0) s = table(c, &r);
    if (s == FRS_OK && r.n_tests > 0) s = seeds(c, &r);
    if (s == FRS_OK && r.n_tests == 0 && r.n_models > 1)
        term_say(&c->t, _("No validation period chose a model: nothing is tested, no model is "
                          "claimed to be better."));
    frs__arena_free(&m.arena);
    return s;
}
