/* Tuning: which values of some keys of a config are best for one forecaster, by the validation
 * period.
 *
 * A trial is the config with one value for each searched key. The values of trial i are a function
 * of the config's seed and i alone, and so is its score: any number of processes at the work, and
 * any interruption, end in the same winner. Nothing of the test period is opened before the winner
 * is known.
 *
 *   config.yml  as used          trials.db     a row a trial and rung (SQLite)
 *   data.frs    packed once      trials/NNN/   checkpoint and log of a trial
 *   winner/     its run folder   trials.csv, tune.html   what the search found
 *
 * Random search: Bergstra & Bengio (2012), J. Mach. Learn. Res. 13, 281-305. Successive halving:
 * Jamieson & Talwalkar (2016), Proc. AISTATS, PMLR 51, 240-248; of n trials the best n / eta go on
 * from rung to rung, when the rung is whole (not as trials end: that would depend on the machine).
 *
 *     frs_tune *t;
 *     int64_t left;
 *     frs_status s = frs_tune_open(ctx, &(frs_tune_opts){.config = c, .folder = "tuning"}, &t);
 *     while (s == FRS_OK && (s = frs_tune_next(t, &left)) == FRS_OK && left > 0)
 *         s = frs_tune_work(ctx, "tuning");       // here, or in any number of other processes
 *     if (s == FRS_OK) s = frs_tune_finish(t); */
#ifndef FRESHET_TUNE_H
#define FRESHET_TUNE_H
#include "freshet/config.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef enum frs_trial_status {
    FRS_TRIAL_WAITING,
    FRS_TRIAL_RUNNING,
    FRS_TRIAL_DONE,
    FRS_TRIAL_FAILED /* its values cannot be trained or scored; message says why */
} frs_trial_status;
/* One trial trained to the epochs of one rung. */
typedef struct frs_trial {
    int64_t number, rung, epochs; /* number and rung from 0 */
    frs_trial_status status;
    double score;   /* of the validation period; NaN: none */
    int64_t pairs;  /* observations that it was scored on */
    double seconds; /* of the last attempt; a resumed one has trained before */
    char message[256];
} frs_trial;

typedef struct frs_tune frs_tune;
typedef struct frs_tune_opts {
    const frs_config *config; /* NULL: go on with the folder's own */
    const char *folder;
} frs_tune_opts;
/* Checks everything, packs the data and writes down what is to be tried; holds the folder until
 * frs_tune_close. errors: FRS_E_INPUT nothing to search, no validation period, an unknown metric or
 * forecaster, a folder that holds a tuning already, or one whose config has changed since;
 * FRS_E_BUSY another process tunes there; FRS_E_UNSUPPORTED built without SQLite. */
frs_status frs_tune_open(frs_ctx *ctx, const frs_tune_opts *o, frs_tune **t);
void frs_tune_close(frs_tune *t); /* NULL is fine */
/* *left: trials of the rung under way that are not done; when a rung is whole the next one begins.
 * 0: the search is over. */
frs_status frs_tune_next(frs_tune *t, int64_t *left);
/* Works on the folder's trials, those that no other process works on, until none is left in this
 * rung. errors: FRS_E_CANCELLED; what is wrong with the machine (memory, disk). A trial that cannot
 * be trained is not an error. */
frs_status frs_tune_work(frs_ctx *ctx, const char *folder);

/* All rows by rung and number, from the registry as it is now. Borrowed until the next call. */
frs_status frs_tune_trials(frs_tune *t, const frs_trial **trials, int64_t *n);
/* Where the whole search stands. */
typedef struct frs_tune_state {
    int64_t trials, done, failed; /* done: trained to the end of a rung; failed ones among them */
    int64_t planned;              /* the same of the whole search */
    int64_t epochs_left;          /* of all that is planned */
    double epoch_s;               /* seconds an epoch so far; NaN: none is done */
    int64_t best;                 /* number of the best trial of the last rung with one; -1: none */
    double score;                 /* its */
} frs_tune_state;
frs_status frs_tune_state_get(frs_tune *t, frs_tune_state *s);
const char *frs_tune_metric(const frs_tune *t);
/* A trial's values: "hidden_size 16, learning_rate 0.00123"; frs_text_free. */
frs_status frs_tune_values(const frs_tune *t, int64_t number, char **text);
/* After the search: the winner (the best score of the last rung; of equals the lowest number) as an
 * ordinary run in winner/, trials.csv and tune.html. What is there already is not made again, but
 * for the page. errors: FRS_E_INPUT no trial could be trained, with the reason of the first. */
frs_status frs_tune_finish(frs_tune *t);

#ifdef __cplusplus
}
#endif
#endif
