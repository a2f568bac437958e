/* The list of scores, finding one by name, and the value of one over a record. */
#include "verify/score.h"
#include <ctype.h>
#include <math.h>

static const frs_score *const scores[] = {
#define SCORE(id) &frs__score_##id,
#include "verify/score_list.def"
#undef SCORE
};

int64_t frs_n_scores(void) {
    return FRS_LEN(scores);
}

const frs_score *frs_score_at(int64_t i) {
    return i >= 0 && i < FRS_LEN(scores) ? scores[i] : NULL;
}

/* The next character that counts: NeuralHydrology writes "Pearson-r", "pearson-r", its functions
 * are called alpha_nse. Case, '-', '_' and ' ' say nothing. */
static int next(const char **s) {
    while (**s == '-' || **s == '_' || **s == ' ') (*s)++;
    return **s ? tolower((unsigned char)*(*s)++) : 0;
}

static bool same_name(const char *a, const char *b) {
    for (;;) {
        const int x = next(&a), y = next(&b);
        if (x != y) return false;
        if (x == 0) return true;
    }
}

const frs_score *frs_score_find(const char *name) {
    for (int64_t i = 0; name && i < FRS_LEN(scores); i++)
        if (same_name(name, scores[i]->name)) return scores[i];
    for (int64_t i = 0; name && i < FRS_N_BESIDE; i++)
        if (same_name(name, frs__beside[i].name)) return &frs__beside[i];
    return NULL;
}

frs_status frs__score_end(int64_t n_pairs, double v, double *value) {
    *value = n_pairs >= 2 && isfinite(v) ? v : (double)NAN;
    return n_pairs < 2 ? FRS_E_NODATA : isfinite(v) ? FRS_OK : FRS_E_UNDEFINED;
}

double frs__log_eps(const float *sim, const float *obs, int64_t n) {
    double sum = 0;
    int64_t pairs = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(sim[i]) || isnan(obs[i])) continue;
        sum += obs[i];
        pairs++;
    }
    return sum > 0 ? sum / (double)pairs / 100 : 0;
}

frs_pairs frs_pairs_of(const float *sim, const float *obs, int64_t n) {
    frs_pairs p = {.log_eps = frs__log_eps(sim, obs, n)};
    frs_pairs_add(&p, sim, obs, n);
    return p;
}

frs_status frs_score_value(frs_ctx *ctx, const frs_score *s, const frs_score_series *d,
                           double *value) {
    *value = (double)NAN;
    if (s->kind == FRS_SCORE_BESIDE)
        return frs__fail(ctx, FRS_E_ARG,
                         _("%s is not a score of a simulated and an observed record"), s->name);
    const frs_pairs p = s->pair ? frs_pairs_of(d->sim, d->obs, d->n) : (frs_pairs){0};
    const frs_status status = s->pair ? s->pair(&p, value) : s->series(ctx, d, value);
    if (status == FRS_E_NODATA)
        return frs__fail(ctx, status, _("%s: too few pairs of a simulated and an observed value"),
                         s->name);
    if (status == FRS_E_UNDEFINED && s->pair)
        return frs__fail(ctx, status, _("%s is not defined for this record: it divides by zero"),
                         s->name);
    if (status == FRS_E_UNDEFINED)
        return frs__fail(
            ctx, status,
            _("%s is not defined for this record: it has no such peak, or no spread of flows"),
            s->name);
    return status;
}

static frs_status all_intervals(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                                double *low, double *high) {
    frs__interval out[FRS_LEN(scores)] = {0};
    int64_t index[FRS_LEN(scores)], n = 0;
    for (int64_t k = 0; k < FRS_LEN(scores); k++) {
        if (scores[k]->kind != FRS_SCORE_PAIR) continue;
        index[n] = k;
        out[n++].score = scores[k];
    }
    const frs_status s = frs__score_intervals(ctx, d, y, out, n);
    for (int64_t i = 0; i < n; i++) {
        low[index[i]] = out[i].low;
        high[index[i]] = out[i].high;
    }
    return s;
}

frs_status frs_score_all(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *years,
                         double *value, double *low, double *high) {
    const frs_pairs p = frs_pairs_of(d->sim, d->obs, d->n);
    for (int64_t k = 0; k < FRS_LEN(scores); k++) {
        low[k] = high[k] = (double)NAN;
        const frs_status s = scores[k]->kind == FRS_SCORE_PAIR
                                 ? scores[k]->pair(&p, &value[k])
                                 : scores[k]->series(ctx, d, &value[k]);
        if (s != FRS_OK && s != FRS_E_UNDEFINED && s != FRS_E_NODATA) return s;
    }
    const frs_status s = years ? all_intervals(ctx, d, years, low, high) : FRS_OK;
    return s == FRS_E_NODATA ? FRS_OK : s;
}
