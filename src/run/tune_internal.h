/* What the parts of tuning share: the values of a trial, the plan of rungs, the registry. */
#ifndef FRS_RUN_TUNE_INTERNAL_H
#define FRS_RUN_TUNE_INTERNAL_H
#include "freshet/tune.h"
#include "freshet/verify.h"
#include "run/run_internal.h"
#include "run/sqlite.h"

/* ---- tune_space.c: values as a function of (seed, trial, key's name). */
/* A drawn number, rounded to four figures inside the limits: what people read is what was used. */
double frs__space_number(const frs_space *s, uint64_t seed, int64_t trial);
int64_t frs__space_choice(const frs_space *s, uint64_t seed, int64_t trial);
/* As YAML. */
void frs__space_value(frs_buf *b, const frs_space *s, uint64_t seed, int64_t trial);
/* {"hidden_size": 16, ...} */
frs_status frs__trial_json(frs_ctx *ctx, const frs_config *c, int64_t trial, char **json);
/* "key=value" for every searched key and then `more` (NULL ends); in memory. */
frs_status frs__trial_sets(frs_arena *memory, const frs_config *c, int64_t trial,
                           const char *const *more, const char ***sets, int64_t *n);

/* ---- the plan: which trials go how far */
enum { FRS_MAX_RUNGS = 24 };
typedef struct frs_tune_plan {
    int64_t n; /* rungs */
    int64_t epochs[FRS_MAX_RUNGS], trials[FRS_MAX_RUNGS];
} frs_tune_plan;
/* Random search: one rung. Halving: trials / eta^k of them to epochs / eta^(n-1-k), as many rungs
 * as leave at least one trial and min_epochs. */
frs_tune_plan frs__tune_plan(const frs_config *c);

/* ---- tune_registry.c: FOLDER/trials.db. One process writes at a time; a killed one leaves it
 * whole. */
typedef struct frs_registry {
    frs_ctx *ctx;
    frs__sql sql;
    struct sqlite3 *db;
    char *path;
} frs_registry;
/* hash: of the config; one that differs from that of the first opening is FRS_E_INPUT. */
frs_status frs__registry_open(frs_ctx *ctx, const char *folder, uint64_t hash, frs_registry *r);
void frs__registry_close(frs_registry *r); /* {0} is fine */
/* New rows, waiting; those that are there stay as they are. */
frs_status frs__registry_add(frs_registry *r, const frs_trial *t, char *const *json, int64_t n);
/* All rows, by rung and number; frs__free. */
frs_status frs__registry_list(frs_registry *r, frs_trial **t, int64_t *n);
/* Waiting or running -> running, and *mine; the caller holds the trial's folder, so that nobody
 * else is at it. */
frs_status frs__registry_claim(frs_registry *r, const frs_trial *t, bool *mine);
/* Status, score, pairs, seconds, message. */
frs_status frs__registry_put(frs_registry *r, const frs_trial *t);

struct frs_tune {
    frs_ctx *ctx;
    char *folder;
    frs_config *config;  /* the folder's */
    frs_candidate tuned; /* its name is the config's */
    const frs_score *score;
    frs_tune_plan plan;
    frs_registry registry;
    frs_lock lock;
    bool locked;
    frs_trial *trials;
    int64_t n_trials;
};
/* Forecaster, metric and search of a config, with the place where one is wrong. */
frs_status frs__tune_check(frs_ctx *ctx, const frs_config *c, frs_candidate *tuned,
                           const frs_score **score);
char *frs__tune_path(const frs_tune *t, const char *name); /* frs__free */
/* Is score a better than b? NaN is worse than anything. */
bool frs__tune_better(const frs_tune *t, double a, double b);
/* Row of the best trial of the last rung that has one with a score; -1: none has. */
int64_t frs__tune_winner(const frs_tune *t);
/* Trains and scores one trial; what its values are to blame for becomes FRS_TRIAL_FAILED. */
frs_status frs__trial_work(frs_tune *t, frs_trial *x); /* tune_trial.c */
frs_status frs__tune_page(frs_tune *t);                /* tune_page.c: trials.csv and tune.html */

/* ---- tune_importance.c: does the score depend on this key? */
typedef struct frs_importance {
    int64_t n, groups;
    double share; /* of the variance of the scores' ranks; NaN: too few trials */
    double p;     /* probability of so much or more by chance alone */
} frs_importance;
/* group [n] of each trial, 0 .. groups - 1; good [n]: the score, more is better, NaN (failed) is
 * worse than any. Kruskal & Wallis (1952), doi:10.1080/01621459.1952.10483441: H of the ranks, and
 * its share of their variance, (H - k + 1) / (n - k), 0 when that is negative: Tomczak & Tomczak
 * (2014), Trends Sport Sci. 1(21), 19-25. */
frs_status frs__importance(frs_ctx *ctx, const int64_t *group, int64_t groups, const double *good,
                           int64_t n, frs_importance *out);
/* Numbers in at most 5 groups of about equal size, of 4 or more, equal numbers together; group [n].
 */
frs_status frs__equal_groups(frs_ctx *ctx, const double *x, int64_t n, int64_t *group,
                             int64_t *groups);
#endif
