/* Records of sites: series, static attributes, the packed store, scaling, samples. */
#ifndef FRESHET_DATA_H
#define FRESHET_DATA_H
#include "freshet/base.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef enum frs_step_unit { FRS_STEP_SECOND, FRS_STEP_MONTH } frs_step_unit;
typedef struct frs_step {
    int64_t count;
    frs_step_unit unit;
} frs_step;                                                  /* {86400, SECOND}: daily */
int64_t frs_step_add(frs_step s, int64_t time_s, int64_t n); /* time n steps later */
typedef enum frs_var_kind {
    FRS_VAR_UNKNOWN,
    FRS_VAR_INSTANT,
    FRS_VAR_MEAN,
    FRS_VAR_SUM
} frs_var_kind;
/* label_end: the time stamp names the end of the interval (default: its start). unit "" : unknown.
 */
typedef struct frs_var {
    char name[64];
    char unit[32];
    frs_var_kind kind;
    bool label_end;
} frs_var;

/* The regular record of one site. values [n_vars][n], missing is NaN. frs_series_free frees all;
 * {0} is empty. */
typedef struct frs_series {
    char site[64];
    char *source; /* path, for messages */
    int64_t start_s, n;
    frs_step step;
    int n_vars;
    frs_var *vars;
    float **values;
    /* what the reader had to mend, for `check`: counts and the first place */
    int64_t n_duplicate_dates, n_unordered_dates,
        n_gap_steps;                             /* steps absent from the file, filled with NaN */
    int64_t first_trouble_line, first_trouble_s; /* line 0: none */
    int64_t n_estimated; /* values that the source itself marks as estimated */
    double area_km2;     /* of the catchment, where the file says so; 0: not known */
} frs_series;
frs_status frs_series_new(frs_ctx *ctx, const char *site, int64_t start_s, frs_step step, int64_t n,
                          int n_vars, frs_series *s);
void frs_series_free(frs_ctx *ctx, frs_series *s);
int frs_series_var(const frs_series *s, const char *name); /* -1: none */

/* Static attributes: values [n_sites][n_attrs], NaN missing. */
typedef struct frs_statics {
    int64_t n_sites;
    int n_attrs;
    char (*sites)[64];
    char (*names)[64];
    float *values;
    char *source;
} frs_statics;
void frs_statics_free(frs_ctx *ctx, frs_statics *s);

/* ---- the packed store: one memory-mapped file (docs/store.md describes every field).
 * Axes site/time/variable: one site's [n][n_vars] floats are contiguous, so a window is one piece.
 */
typedef struct frs_store frs_store;
typedef struct frs_store_site {
    const char *name;
    int64_t start_s, n;
    const float *values;
    const float *statics;
} frs_store_site;
typedef struct frs_store_info {
    frs_step step;
    int64_t n_sites;
    int n_vars, n_attrs;
    uint64_t hash;
} frs_store_info;
frs_status frs_store_open(frs_ctx *ctx, const char *path,
                          frs_store **s); /* checks every length before use */
void frs_store_close(frs_store *s);
frs_store_info frs_store_get_info(const frs_store *s);
frs_var frs_store_var(const frs_store *s, int i);
const char *frs_store_attr(const frs_store *s, int i);
frs_store_site frs_store_get_site(const frs_store *s, int64_t i); /* borrowed */
int frs_store_find_var(const frs_store *s, const char *name);
int frs_store_find_attr(const frs_store *s, const char *name);
int64_t frs_store_find_site(const frs_store *s, const char *name);
/* Site by site, so that a data set larger than memory can be packed. All sites must have the same
 * step and variables (matched by name; a missing one is FRS_E_INPUT). */
typedef struct frs_store_writer frs_store_writer;
frs_status frs_store_create(frs_ctx *ctx, const char *path,
                            const frs_statics *statics /* or NULL */, frs_store_writer **w);
frs_status frs_store_add(frs_store_writer *w, const frs_series *s);
frs_status
frs_store_finish(frs_store_writer *w); /* frees w in any case; the file appears only now */
void frs_store_abort(frs_store_writer *w);

/* ---- what a model is asked: inputs, target, leads */
/* ESP: samples show what NONE shows; the forecaster esp has the weather of the training years. */
typedef enum frs_future {
    FRS_FUTURE_NONE,
    FRS_FUTURE_CLIMATOLOGY,
    FRS_FUTURE_OBSERVED,
    FRS_FUTURE_ESP
} frs_future;
typedef enum frs_task_kind { FRS_SIMULATION, FRS_FORECAST } frs_task_kind;
#define FRS_MAX_VARS    128
#define FRS_MAX_STATICS 16384 /* attributes, evolving attributes and site codes together */
/* Gaps in the inputs, filled when a sample is gathered from what is known at its issue time: a gap
 * of up to max_gap steps that has ended by then lies on the straight line between its neighbours,
 * one that has not holds the last value. CLIMATOLOGY: the day-of-year mean of the training period,
 * however long the gap. The target is never filled. */
typedef enum frs_gaps { FRS_GAPS_LEAVE, FRS_GAPS_LINEAR, FRS_GAPS_CLIMATOLOGY } frs_gaps;
/* May a window hold missing inputs? They are 0 (the mean) then, with a flag that is 1.
 * GROUPS: a flag a group of inputs, all of which are 0 where one is missing; at each step some
 * input must be there (NeuralHydrology's input_replacing). INPUTS: a flag an input; some input must
 * be there in the latter half of the window. Calendar inputs and flow upstream do not count. */
typedef enum frs_mask { FRS_MASK_NONE, FRS_MASK_GROUPS, FRS_MASK_INPUTS } frs_mask;
/* What standardisation takes away and divides by. */
typedef enum frs_centre {
    FRS_CENTRE_MEAN,
    FRS_CENTRE_MEDIAN,
    FRS_CENTRE_MIN,
    FRS_CENTRE_NONE
} frs_centre;
typedef enum frs_scaling { FRS_SCALING_STD, FRS_SCALING_MINMAX, FRS_SCALING_NONE } frs_scaling;
typedef struct frs_norm {
    uint8_t centre, scaling; /* frs_centre, frs_scaling */
} frs_norm;
typedef struct frs_task {
    frs_task_kind kind;
    int n_inputs, n_statics;
    char inputs[FRS_MAX_VARS][64]; /* weather, in config order */
    /* Of the n_statics: the attributes, sorted by name as NeuralHydrology does; then n_evolving
     * variables of the record, by their value at the issue time; then, without names, n_codes
     * numbers, all 0 but that of the site (its number among the training sites). */
    char statics[FRS_MAX_VARS][64];
    int n_evolving, n_codes;
    int n_calendar; /* the last of the inputs, known at any time: FRS_CALENDAR_SIN, _COS */
    int n_upstream; /* the inputs before these: past flow of gauges upstream, known up to the issue
                       time and never shown after it, whatever `future` says */
    frs_norm in_norm[FRS_MAX_VARS], st_norm[FRS_MAX_VARS], target_norm; /* {0}: mean and std */
    frs_gaps gaps;
    int64_t max_gap; /* LINEAR */
    frs_mask mask;
    int n_groups, group[FRS_MAX_VARS]; /* GROUPS: of each input; calendar inputs -1 */
    bool count_leads; /* FORECAST: the flag of a step after the issue time is its lead */
    char target[64];
    int64_t seq_length; /* T: steps up to and including the issue time */
    int64_t leads; /* L: FORECAST leads 1..L; 0 for SIMULATION (lead 0 = the issue time itself) */
    int64_t predict_last_n; /* SIMULATION training targets: last n steps (1) */
    frs_future future;      /* FORECAST only */
    bool past_target;       /* past flow is an input (always in a FORECAST) */
    bool clip_to_zero;      /* predictions of flow below 0 become 0 */
} frs_task;
/* Whether a window's weather after the issue time says anything. */
static inline bool frs_future_shown(const frs_task *t) {
    return t->kind == FRS_FORECAST &&
           (t->future == FRS_FUTURE_CLIMATOLOGY || t->future == FRS_FUTURE_OBSERVED);
}
typedef struct frs_period {
    int64_t first_s, last_s;
} frs_period; /* both included */

/* Standardisation, from training data only: inputs and target mean and std (ddof 0, as
 * NeuralHydrology), attributes ddof 1, or what the task's norm says. Missing values do not count,
 * filled or not. A constant variable has std 0 in the data: stored as 1 and named in a warning.
 * n_statics: those with a name. */
typedef struct frs_scaler {
    int n_inputs, n_statics;
    double in_mean[FRS_MAX_VARS], in_std[FRS_MAX_VARS], st_mean[FRS_MAX_VARS], st_std[FRS_MAX_VARS];
    double target_mean, target_std;
    int64_t
        n_sites; /* per-site std of the raw target in the training period, NaN where undefined */
    char (*site_names)[64];
    float *site_std;
    /* day-of-year mean of each input over the training period (future_weather or gaps:
     * climatology), [n_sites + 1][366][n_inputs]; the last is the mean of the sites, for a site
     * that was not among them */
    float *input_climatology;
} frs_scaler;
void frs_scaler_free(frs_ctx *ctx, frs_scaler *s);

/* All samples (site, issue time) of a period. Windows are never stored: a list of runs of valid
 * issue times. Valid: the T-step window lies in the record and has no NaN in the weather inputs
 * (nor in the observed future where that is asked for) that the task's gaps do not fill and its
 * mask does not allow, nor in the statics; with a mask flow upstream may be missing throughout.
 * for_training: at least one target is not missing, and a forecast's valid times all lie in the
 * period; otherwise every issue time of the period whose window is complete. A SIMULATION's window
 * may reach before the period (warm-up), as NeuralHydrology's does. Targets never lie outside the
 * period. */
typedef struct frs_samples frs_samples;
/* The periods of one site: ascending, apart from each other; n 0: none, it has no sample. */
typedef struct frs_periods {
    int64_t n;
    const frs_period *at;
} frs_periods;
typedef struct frs_samples_opts {
    const frs_store *store;
    const frs_task *task;
    frs_period period;
    const frs_periods *site_periods; /* [n_sites] in place of period; NULL: period for all */
    const int64_t *sites;
    int64_t n_sites; /* store indices */
    bool for_training;
    const frs_period *exclude;
    int64_t n_exclude; /* leave-one-year-out: no target inside these, nor window in training */
} frs_samples_opts;
frs_status frs_samples_new(frs_ctx *ctx, const frs_samples_opts *o, frs_samples **s);
void frs_samples_free(frs_samples *s);
frs_status frs_scaler_fit(frs_ctx *ctx, const frs_samples *training, frs_scaler *out);
int64_t frs_samples_count(const frs_samples *s);
const frs_task *frs_samples_task(const frs_samples *s);
int64_t frs_samples_n_sites(const frs_samples *s);
const char *frs_samples_site_name(const frs_samples *s,
                                  int64_t site); /* site: index in opts.sites */
frs_step frs_samples_step(const frs_samples *s);
typedef struct frs_sample_id {
    int64_t site;
    int64_t issue_s;
    int64_t row;
} frs_sample_id;                                               /* row: index in the site's record */
frs_sample_id frs_samples_id(const frs_samples *s, int64_t i); /* ordered by site, then time */
/* Channels of a window, W = T (SIMULATION) or T + L (FORECAST) steps, [W][C]:
 *   weather inputs (n_inputs; after the issue time: by task.future, NONE gives the mean),
 *   FORECAST or past_target: past flow (mean where missing or after the issue time), flag 1 = flow
 * known; FORECAST: flag 1 = after the issue time (count_leads: the lead); with a mask its flags,
 * 1 = missing. The static attributes stand apart.
 * Nothing in x depends on anything later than the issue time but `observed` future weather, and
 * inputs that were shifted into the past (frs_prepare). Flow upstream is missing after it. */
int64_t frs_samples_channels(const frs_samples *s);
int64_t frs_samples_window(const frs_samples *s);
/* Inputs dropped at random, so that a net learns to do without (needs a mask): of each group, or
 * input, single steps and whole windows, but not all of them for a whole window. A function of
 * (seed, epoch, sample, step). */
typedef struct frs_drop {
    double step, sequence; /* probabilities */
    uint64_t seed;
    int64_t epoch;
} frs_drop;
/* Where n samples go; NULL: not wanted. */
typedef struct frs_batch {
    float *x;             /* [n][W][C] */
    float *statics;       /* [n][n_statics] */
    float *y;             /* [n][K], K = leads or predict_last_n; NaN missing */
    float *site_std;      /* [n]: of the site's flow in training */
    const frs_drop *drop; /* NULL: nothing is dropped */
} frs_batch;
/* Gathers n samples. scaler NULL: raw units (missing past flow is NaN then); else standardised
 * ((v - mean) / std), missing -> 0. Thread-safe, no allocation. */
void frs_samples_gather(const frs_samples *s, const frs_scaler *scaler, const int64_t *index,
                        int64_t n, const frs_batch *to);
/* Raw targets of one sample, [K]; NaN missing. Observations for scoring. */
void frs_samples_target(const frs_samples *s, int64_t i, float *y);
int64_t frs_samples_n_targets(const frs_samples *s);

/* ---- preparation: a record as read becomes the record that is packed (docs/preparation.md) */
#define FRS_CALENDAR_SIN "calendar_sin"
#define FRS_CALENDAR_COS "calendar_cos"
typedef enum frs_outliers {
    FRS_OUTLIERS_LEAVE,
    FRS_OUTLIERS_FLAG,
    FRS_OUTLIERS_MISSING
} frs_outliers;
typedef struct frs_copies { /* NAME_copy1 .. NAME_copyN */
    char name[64];
    int64_t n;
} frs_copies;
typedef struct frs_lag { /* NAME_shiftN: the value of N steps before; N < 0: after */
    char name[64];
    int64_t steps;
} frs_lag;
typedef struct frs_holdout { /* stretches deleted at random, as NeuralHydrology's */
    char name[64];
    double share, mean_length; /* of the deleted stretches, in steps */
} frs_holdout;
typedef struct frs_kind_of { /* how a variable is resampled: FRS_VAR_MEAN or FRS_VAR_SUM */
    char name[64];
    frs_var_kind kind;
} frs_kind_of;
/* {0}: nothing is done. Order: resample, outliers, copies, lags, holdouts, calendar. */
typedef struct frs_prepare {
    frs_step resample;    /* {0}: the record's own */
    double missing_share; /* of an interval's values that may be missing (0: none) */
    const frs_kind_of *kinds;
    frs_outliers outliers;
    double outlier_factor;
    const char *target;     /* its outliers are made missing in the training period alone */
    const char (*used)[64]; /* [n_used] variables whose outliers are looked for */
    const frs_copies *copies;
    const frs_lag *lags;
    const frs_holdout *holdouts;
    int64_t n_kinds, n_used, n_copies, n_lags, n_holdouts;
    bool calendar;
    uint64_t seed; /* holdouts */
} frs_prepare;
/* ---- check: what is wrong with the data, before training */
typedef enum frs_severity {
    FRS_NOTE,
    FRS_WARNING,
    FRS_HARD
} frs_severity; /* HARD stops before training */
typedef struct frs_finding {
    frs_severity severity;
    char site[64], var[64];
    char code[32]; /* "missing", "negative", "constant", "interpolated", "spike", "dates",
                      "runoff_ratio", "lag", "leak", "no_data" ... */
    int64_t count, longest, first_s; /* where they apply; first_s INT64_MIN: none */
    double value;
    char text[400];   /* translated: what was found */
    char action[320]; /* translated: what will be done about it */
} frs_finding;
typedef struct frs_findings {
    int64_t n, cap;
    frs_finding *items;
} frs_findings;
void frs_findings_free(frs_ctx *ctx, frs_findings *f);
/* Names and task may be NULL: then all variables and attributes are looked at. A period {0} is the
 * whole record. allowed: attributes that may come from flow (they are named in a warning instead of
 * stopping the run). */
typedef struct frs_check_opts {
    const char *precipitation, *target;
    const frs_task *task;
    frs_period period, training;
    frs_period test; /* {0}: none; an attribute that can do without it knows nothing of it */
    const char *const *allowed;
    int64_t n_allowed;
    const frs_prepare *prepare; /* NULL: as read. What was made of a variable is not looked at, the
                                   variable is */
} frs_check_opts;
frs_status frs_check_site(frs_ctx *ctx, const frs_store *store, int64_t site,
                          const frs_check_opts *o, frs_findings *out);
/* What only the reader saw. Dates twice or out of order are a hard problem unless `mend`: then they
 * were sorted and the first value of each date stands. */
frs_status frs_check_series(frs_ctx *ctx, const frs_series *s, bool mend, frs_findings *out);
frs_status frs_check_statics(frs_ctx *ctx, const frs_store *store, const int64_t *sites,
                             int64_t n_sites, const frs_check_opts *o, frs_findings *out);

/* ---- preparing a record (see frs_prepare) */
/* Changes s in place. training: the periods of the site in which outliers are learned (n 0: they
 * are not looked for); target_too: the site's own target is training data. findings gets "outlier".
 * errors: FRS_E_INPUT a name that the record has not, or has already; a step that is not a multiple
 * of the record's; a variable of which it is not known whether it is a mean or a sum.
 * On error s is only good for frs_series_free. */
frs_status frs_prepare_series(frs_ctx *ctx, const frs_prepare *p, frs_periods training,
                              bool target_too, frs_series *s, frs_findings *findings);
/* Past flow of gauges upstream as variables of s on its own time axis: upstream_1 .. upstream_N,
 * those without a gauge missing throughout. The gauges are prepared already. */
#define FRS_UPSTREAM "upstream_"
typedef struct frs_upstream {
    const char *target; /* the variable that is flow */
    int64_t lag;        /* steps, from 0: what stands at a time is the flow of so many before */
    int n_columns, n_gauges;
    const frs_series *gauges; /* [n_gauges], n_gauges <= n_columns */
} frs_upstream;
/* errors: FRS_E_INPUT a gauge without the variable, of another step, or in another unit than the
 * site's own; a variable of s of that name. On error s is only good for frs_series_free. */
frs_status frs_prepare_upstream(frs_ctx *ctx, const frs_upstream *u, frs_series *s);
/* Sine and cosine of the share of the year that has passed. */
void frs_calendar(int64_t time_s, float *sine, float *cosine);

/* ---- synthetic catchment with known truth (src/data/synth.c) */
typedef struct frs_synth_opts {
    uint64_t seed;
    int64_t years;
    int start_year;
    double area_km2, gap_share, noise_share;
} frs_synth_opts; /* 0: defaults */
/* 0: 20 years from 1981, 500 km2, gaps 3 % of the days, noise 5 %; negative gap or noise share:
 * none. The site names the catchment. s: prcp mm, temp degC, pet mm, q mm (observed: noise and
 * gaps). truth: q_true, swe, soil, groundwater, quick, aet, all mm. */
frs_status frs_synth(frs_ctx *ctx, const frs_synth_opts *o, const char *site, frs_series *s,
                     frs_series *truth);

#ifdef __cplusplus
}
#endif
#endif
