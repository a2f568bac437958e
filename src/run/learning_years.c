/* A learning curve by training years: the same models, trained on the last n hydrological years of
 * the training period for each n of a list, scored in the same test period. What another year of
 * records is worth. */
#include "run/run_data.h"
#include "run/several.h"
#include <stdlib.h>
#include <string.h>

static const char key[] = "learning_curve_years";
enum { MAX_PARTS = 100 };

typedef struct curve {
    int64_t n, years[MAX_PARTS]; /* ascending, each once */
    frs_civil end;               /* the day after the last whole hydrological year */
    int64_t whole;               /* hydrological years in the training period */
} curve;

static int64_t begin_of(const curve *k, int64_t years) {
    frs_civil c = k->end;
    c.year -= (int)years;
    return frs_time_from_civil(c);
}

/* The hydrological years that lie in the training period with all of their days. */
static frs_status count_years(frs_ctx *ctx, const frs_config *c, curve *k) {
    char where[512];
    const int64_t first = frs_config_date(c, "train_start_date"),
                  last = frs_config_date(c, "train_end_date");
    const int month = (int)frs_config_int(c, "water_year_start");
    if (frs_config_has(c, "per_basin_train_periods_file"))
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: years are counted back from train_end_date, the same for every "
                           "site: leave this file out"),
                         frs_config_where(c, "per_basin_train_periods_file", where));
    if (first == INT64_MIN || last == INT64_MIN)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %s is missing"), frs_config_file(c),
                         first == INT64_MIN ? "train_start_date" : "train_end_date");
    k->end = frs_civil_from_time(last + FRS_DAY_S);
    if (k->end.month < month) k->end.year--;
    k->end = (frs_civil){.year = k->end.year, .month = month, .day = 1};
    while (begin_of(k, k->whole + 1) >= first) k->whole++;
    return FRS_OK;
}

static int ascending(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static frs_status read_years(frs_ctx *ctx, const frs_config *c, curve *k) {
    char where[512];
    const int64_t n = frs_config_list_count(c, key);
    *k = (curve){0};
    if (n == 0) return FRS_OK;
    FRS_TRY(count_years(ctx, c, k));
    frs_config_where(c, key, where);
    if (n > MAX_PARTS)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: at most %d numbers of years"), where, MAX_PARTS);
    for (int64_t i = 0; i < n; i++) {
        const char *text = frs_config_list_at(c, key, i);
        int64_t *v = &k->years[k->n++];
        if (!text || !frs__parse_int(text, strlen(text), v) || *v < 1)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: expected whole numbers of years, at least 1, found '%.40s'"),
                             where, text ? text : "");
        if (*v > k->whole)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: expected at most %lld, the whole hydrological years of the "
                               "training period, found %lld"),
                             where, (long long)k->whole, (long long)*v);
    }
    qsort(k->years, (size_t)k->n, sizeof *k->years, ascending);
    int64_t unique = 0;
    for (int64_t i = 0; i < k->n; i++)
        if (i == 0 || k->years[i] != k->years[i - 1]) k->years[unique++] = k->years[i];
    k->n = unique;
    return FRS_OK;
}

frs_status frs__check_years(frs_ctx *ctx, const frs_config *c) {
    curve k;
    return read_years(ctx, c, &k);
}

/* ---- the files: every score by years; those of the longest training as any run has them */

static frs_status add_part(frs_job *j, int64_t years, frs_buf *scores, frs_buf *curves) {
    char folder[40], *f[FRS_SCORE_FIELDS];
    frs_csv csv = {0};
    bool more = true;
    snprintf(folder, sizeof folder, "years-%lld", (long long)years);
    frs_status s = frs__part_scores(j, folder, &csv);
    while (s == FRS_OK && more) {
        s = frs__part_score(&csv, f, &more);
        if (s != FRS_OK || !more) break;
        if (scores) frs__put_fields(scores, f);
        if (*f[9]) continue; /* a season or a class of flow */
        frs__buf_printf(curves, "%lld", (long long)years);
        for (int i = 0; i < 5; i++) {
            static const int order[5] = {4, 0, 2, 5, 6};
            frs__csv_text(curves, false, f[order[i]]);
        }
        frs__csv_end(curves);
    }
    frs__csv_close(&csv);
    return s;
}

static frs_status join(frs_job *j, const curve *k) {
    frs_buf scores = {.ctx = j->ctx}, curves = {.ctx = j->ctx};
    frs_status s = FRS_OK;
    frs__buf_add(&scores, FRS_SCORES_HEADER FRS_SUBSET_COLUMN "\n");
    frs__buf_add(&curves, "years,model,site,lead,metric,value\n");
    for (int64_t i = 0; i < k->n && s == FRS_OK; i++)
        s = add_part(j, k->years[i], i == k->n - 1 ? &scores : NULL, &curves);
    if (s == FRS_OK) s = frs__run_save(j, "scores.csv", &scores);
    if (s == FRS_OK) s = frs__run_save(j, "learning_curve.csv", &curves);
    if (s == FRS_OK)
        frs__log(
            j->ctx, FRS_LOG_INFO,
            _("scores.csv is of the longest training, years: %lld; learning_curve.csv has all"),
            (long long)k->years[k->n - 1]);
    frs__buf_free(&scores);
    frs__buf_free(&curves);
    return s;
}

static frs_status page(frs_job *j, const curve *k) {
    frs__joint_part *parts = frs__alloc(j->ctx, k->n, sizeof *parts);
    if (!parts) return FRS_E_NOMEM;
    for (int64_t i = 0; i < k->n; i++) {
        parts[i].number = k->years[i];
        snprintf(parts[i].folder, sizeof parts[i].folder, "years-%lld", (long long)k->years[i]);
    }
    const frs_status s = frs__run_joint(j, parts, k->n, frs__joint_years);
    frs__free(j->ctx, parts);
    return s;
}

frs_status frs__run_years(frs_job *j, frs__runner run) {
    char date[32], set[64];
    curve k;
    FRS_TRY(read_years(j->ctx, j->config, &k));
    for (int64_t i = 0; i < k.n; i++) {
        frs__part part = {.sets = {"learning_curve_years=", set}, .n_sets = 2};
        snprintf(part.folder, sizeof part.folder, "years-%lld", (long long)k.years[i]);
        snprintf(part.title, sizeof part.title, _("years of training: %lld"),
                 (long long)k.years[i]);
        snprintf(set, sizeof set, "train_start_date=%s",
                 frs_date_format(begin_of(&k, k.years[i]), date));
        FRS_TRY(frs__run_part(j, &part, run));
    }
    if (j->o->stages & FRS_STAGE_EVALUATE) FRS_TRY(join(j, &k));
    return j->o->stages & FRS_STAGE_REPORT ? page(j, &k) : FRS_OK;
}
