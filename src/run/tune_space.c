/* The values of a trial: a pure function of (seed, trial, name of the key), so that neither the
 * order of the keys nor the work of other processes changes them. */
#include "run/tune_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double draw(const frs_space *s, uint64_t seed, int64_t trial) {
    const frs_rng r = {seed, FRS_RNG_TUNE, (uint64_t)trial};
    const char *name = s->key->name;
    return frs__rng_uniform(r, frs__hash64(name, (int64_t)strlen(name), 0));
}

/* Four significant figures: what one reads is what was used, and the last bit of exp is nobody's
 * business. Division and product are by a power of ten that a double holds exactly. */
static double rounded(double v) {
    if (v == 0 || !isfinite(v)) return v;
    const int digits = 3 - (int)floor(log10(fabs(v)));
    const double p = pow(10, abs(digits));
    if (digits > 22 || digits < -22) return v;
    return digits >= 0 ? round(v * p) / p : round(v / p) * p;
}

int64_t frs__space_choice(const frs_space *s, uint64_t seed, int64_t trial) {
    return (int64_t)(draw(s, seed, trial) * (double)s->n);
}

double frs__space_number(const frs_space *s, uint64_t seed, int64_t trial) {
    const double u = draw(s, seed, trial);
    double v = s->low + u * (s->high - s->low);
    if (s->draw == FRS_DRAW_INT) v = s->low + floor(u * (s->high - s->low + 1));
    if (s->draw == FRS_DRAW_LOG) v = s->low * exp(u * log(s->high / s->low));
    v = s->key->type == FRS_KEY_INT ? round(v) : rounded(v);
    return v < s->low ? s->low : v > s->high ? s->high : v;
}

void frs__space_value(frs_buf *b, const frs_space *s, uint64_t seed, int64_t trial) {
    char number[40];
    if (s->draw == FRS_DRAW_CHOICE)
        frs__buf_add(b, s->choices[frs__space_choice(s, seed, trial)]);
    else if (s->key->type == FRS_KEY_INT)
        frs__buf_printf(b, "%lld", (long long)frs__space_number(s, seed, trial));
    else
        frs__buf_add(b, frs__format_double(frs__space_number(s, seed, trial), number));
}

/* A number as it is, anything else as text. */
static void put_json(frs_buf *b, const char *yaml) {
    char number[40];
    double v;
    if (frs__parse_double(yaml, strlen(yaml), '.', &v)) {
        frs__buf_add(b, frs__format_double(v, number));
        return;
    }
    frs__buf_add(b, "\"");
    for (const char *p = yaml; *p; p++) {
        if ((unsigned char)*p < ' ')
            frs__buf_printf(b, "\\u%04x", (unsigned)*p);
        else
            frs__buf_printf(b, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    }
    frs__buf_add(b, "\"");
}

frs_status frs__trial_json(frs_ctx *ctx, const frs_config *c, int64_t trial, char **json) {
    const uint64_t seed = (uint64_t)frs_config_int(c, "seed");
    frs_buf b = {.ctx = ctx}, value = {.ctx = ctx};
    frs__buf_add(&b, "{");
    for (int64_t i = 0; i < frs_config_n_spaces(c); i++) {
        const frs_space *s = frs_config_space_at(c, i);
        value.n = 0;
        frs__space_value(&value, s, seed, trial);
        frs__buf_printf(&b, "%s\"%s\": ", i ? ", " : "", s->key->name);
        put_json(&b, value.data ? value.data : "");
    }
    frs__buf_add(&b, "}");
    frs_status s = frs__buf_status(&value);
    if (s == FRS_OK) s = frs__buf_status(&b);
    frs__buf_free(&value);
    if (s == FRS_OK)
        *json = b.data;
    else
        frs__buf_free(&b);
    return s;
}

frs_status frs__trial_sets(frs_arena *memory, const frs_config *c, int64_t trial,
                           const char *const *more, const char ***sets, int64_t *n) {
    const int64_t n_spaces = frs_config_n_spaces(c);
    const uint64_t seed = (uint64_t)frs_config_int(c, "seed");
    int64_t n_more = 0;
    while (more[n_more]) n_more++;
    *sets = frs__arena_alloc(memory, n_spaces + n_more, sizeof **sets);
    if (!*sets) return FRS_E_NOMEM;
    for (*n = 0; *n < n_spaces; ++*n) {
        const frs_space *s = frs_config_space_at(c, *n);
        frs_buf b = {.ctx = memory->ctx};
        frs__buf_printf(&b, "%s=", s->key->name);
        frs__space_value(&b, s, seed, trial);
        frs_status status = frs__buf_status(&b);
        if (status == FRS_OK) (*sets)[*n] = frs__arena_strdup(memory, b.data);
        frs__buf_free(&b);
        if (status != FRS_OK || !(*sets)[*n]) return FRS_E_NOMEM;
    }
    for (int64_t i = 0; i < n_more; i++) (*sets)[(*n)++] = more[i];
    return FRS_OK;
}

frs_tune_plan frs__tune_plan(const frs_config *c) {
    const int64_t trials = frs_config_int(c, "tune.trials"), epochs = frs_config_int(c, "epochs");
    const int64_t eta = frs_config_int(c, "tune.eta");
    frs_tune_plan p = {.n = 1};
    int64_t parts = 1; /* eta^(n-1) */
    if (strcmp(frs_config_text(c, "tune.method"), "halving") == 0)
        while (p.n < FRS_MAX_RUNGS && parts * eta <= trials &&
               epochs / (parts * eta) >= frs_config_int(c, "tune.min_epochs"))
            parts *= eta, p.n++;
    for (int64_t k = 0, share = 1; k < p.n; k++, share *= eta) {
        p.trials[k] = trials / share;
        p.epochs[k] = epochs * share / parts;
    }
    return p;
}
