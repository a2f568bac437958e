/* Everything that forecasts is a Forecaster: one const table a kind. After fit the model is const.
 */
#ifndef FRESHET_FORECASTER_H
#define FRESHET_FORECASTER_H
#include "freshet/config.h"
#include "freshet/data.h"
#include "freshet/history.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_forecaster frs_forecaster;
typedef enum frs_slice_kind { FRS_VALUE, FRS_MEMBER, FRS_QUANTILE } frs_slice_kind;
/* values [n]: places first .. first+n-1 of the shared geometry (the samples' list of sites). */
typedef struct frs_forecast_slice {
    int64_t issue_s;
    int64_t lead; /* steps; 0: simulation */
    frs_slice_kind kind;
    double level; /* member number or quantile level */
    int64_t first, n;
    const float *values; /* raw units */
} frs_forecast_slice;
typedef struct frs_sink {
    frs_status (*put)(void *arg, const frs_forecast_slice *slice);
    void *arg;
} frs_sink;

typedef struct frs_fit_args {
    const frs_samples *training,
        *validation; /* validation may be NULL; nothing else is ever seen */
    const frs_config *config;
    const char *run_dir; /* checkpoints go here; NULL: none */
    bool resume;
    uint64_t seed;
    const char *name;   /* of a net of `nets`: which one; NULL: the net that `model` is */
    int64_t stop_after; /* epochs; training stops there and can be resumed, all that depends on the
                           number of epochs stays as it is; 0: to the end */
} frs_fit_args;
/* A site's streaming state is a flat blob of state_size bytes owned by the caller; it starts with
 * {magic, version, size, model hash}, so a snapshot is a copy and restore checks it. */
typedef struct frs_forecaster_def {
    const char *name;                     /* "persistence" */
    const char *title;                    /* N_("Persistence") */
    bool baseline;                        /* persistence, climatology: what the others must beat */
    bool (*serves)(const frs_task *task); /* persistence needs past flow: false for a simulation */
    frs_status (*fit)(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **f);
    frs_status (*predict)(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                          const frs_sink *sink);
    frs_status (*save)(frs_ctx *ctx, const frs_forecaster *f, const char *path);
    frs_status (*load)(frs_ctx *ctx, const char *path, frs_forecaster **f);
    frs_status (*describe)(frs_ctx *ctx, const frs_forecaster *f,
                           char **text); /* a paragraph, translated; frs_text_free */
    size_t (*state_size)(const frs_forecaster *f);
    frs_status (*state_init)(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                             const float *statics, void *state);
    /* One step: weather [n_inputs] of the step that ends now, target NaN when not known. */
    frs_status (*state_step)(frs_ctx *ctx, const frs_forecaster *f, void *state, int64_t time_s,
                             const float *weather, float target);
    /* out [L], or [1] for a simulation; future [L][n_inputs] raw or NULL when task.future is NONE.
     * The state is not changed. */
    frs_status (*state_predict)(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                const float *future, float *out);
    void (*free)(frs_ctx *ctx, frs_forecaster *f);
    const frs_history *(*history)(const frs_forecaster *f); /* NULL: does not learn by epochs */
    /* Its own name in its run, which may hold several of the kind; NULL: that of the kind. */
    const char *(*own_name)(const frs_forecaster *f);
    /* Which kernel computes which node, training and predicting; frs_text_free. NULL: it has no
     * net. */
    frs_status (*explain)(frs_ctx *ctx, const frs_forecaster *f, char **text);
} frs_forecaster_def;
/* First member of every forecaster. */
struct frs_forecaster {
    const frs_forecaster_def *def;
    frs_task task;
};
int64_t frs_n_forecasters(void);
const frs_forecaster_def *frs_forecaster_at(int64_t i);
const frs_forecaster_def *frs_forecaster_find(const char *name);
frs_status frs_forecaster_load(frs_ctx *ctx, const char *path,
                               frs_forecaster **f); /* kind read from the file */
void frs_forecaster_free(frs_ctx *ctx, frs_forecaster *f);
const char *frs_forecaster_name(const frs_forecaster *f);  /* "lstm"; of a net of layers its own */
const char *frs_forecaster_title(const frs_forecaster *f); /* translated; a net's own name */
frs_status frs_state_snapshot(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                              const char *path);
/* state must have been started by state_init of the same model: FRS_E_INPUT if the file is of
 * another one. */
frs_status frs_state_restore(frs_ctx *ctx, const frs_forecaster *f, const char *path, void *state);

/* Predictions for all samples by one stateful pass through each record in place of windows: the
 * state is carried on from step to step and begins anew after a missing input, so a net sees more
 * (or, near a start, less) of the past than seq_length.
 * errors: FRS_E_UNSUPPORTED a task that cannot be streamed: a simulation shown past flow, a
 * forecast given future weather. */
frs_status frs_forecaster_stream(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                                 const frs_sink *sink);

/* Sink that collects one model's predictions: values [n_sites][n_issues][n_leads], NaN where none
 * came. A large one is a mapped file without a name in TMPDIR (or /var/tmp) and may leave memory.
 */
typedef struct frs_archive {
    int64_t n_sites, n_issues, n_leads; /* leads 1..n_leads, or lead 0 only */
    int64_t first_issue_s;
    frs_step step;
    bool simulation;
    float *values;
    size_t mapped; /* bytes of that file; 0: values are memory of the context */
} frs_archive;
frs_status frs_archive_new(frs_ctx *ctx, const frs_samples *s,
                           frs_archive *a); /* geometry from the samples */
void frs_archive_free(frs_ctx *ctx, frs_archive *a);
frs_sink frs_archive_sink(frs_archive *a);
frs_status frs_archive_observed(frs_ctx *ctx, const frs_samples *s,
                                frs_archive *a); /* the targets in the same geometry */

#ifdef __cplusplus
}
#endif
#endif
