/* One stateful pass through the record in place of windows: the state is carried on from step to
 * step, and begins anew after a gap in the inputs. */
#include "forecaster/stream.h"
#include "data/samples.h"
#include "forecaster/forecaster.h"
#include <math.h>

enum { MAX_LEADS = 366 }; /* as the config's */
typedef struct stream {
    frs_ctx *ctx;
    const frs_forecaster *f;
    const frs_samples *s;
    const frs__sample_site *site;
    void *state;
    int64_t next; /* row of the site's record that is read next */
} stream;

static frs_status begin(stream *m, int64_t site) {
    float statics[FRS_MAX_VARS];
    m->site = &m->s->sites[site];
    for (int i = 0; i < m->s->task.n_statics; i++)
        statics[i] = m->site->at.statics[m->s->statics[i]];
    return m->f->def->state_init(m->ctx, m->f, m->site->at.name, statics, m->state);
}

/* An input of the row that is read next, as it stood on that day. */
static float as_known(const stream *m, int input) {
    const frs_samples *s = m->s;
    const frs__gappy g = {m->site->at.values + s->inputs[input], s->n_vars, m->site->at.n,
                          s->task.max_gap};
    const float v = g.v[m->next * g.stride];
    const bool fill = isnan(v) && s->task.gaps == FRS_GAPS_LINEAR;
    return fill ? frs__gap_value(&g, m->next, m->next) : v;
}

/* Reads on to a row and its targets of the past, as a forecast knows them. */
static frs_status read_to(stream *m, int64_t site, int64_t row) {
    const frs_samples *s = m->s;
    float weather[FRS_MAX_VARS];
    for (; m->next <= row; m->next++) {
        const float *v = m->site->at.values + m->next * s->n_vars;
        const int64_t time = frs_step_add(s->step, m->site->at.start_s, m->next);
        const bool known = s->task.kind == FRS_FORECAST && s->target >= 0;
        bool missing = false;
        for (int i = 0; i < s->task.n_inputs; i++) {
            weather[i] = as_known(m, i);
            missing |= isnan(weather[i]) != 0;
        }
        missing &= s->task.mask == FRS_MASK_NONE;
        FRS_TRY(missing ? begin(m, site)
                        : m->f->def->state_step(m->ctx, m->f, m->state, time, weather,
                                                known ? v[s->target] : NAN));
    }
    return FRS_OK;
}

typedef frs_status (*sample_fn)(void *arg, frs_sample_id id, const void *state);

static frs_status pass(stream *m, sample_fn fn, void *arg) {
    int64_t site = -1;
    for (int64_t i = 0; i < frs_samples_count(m->s); i++) {
        const frs_sample_id id = frs_samples_id(m->s, i);
        if (i % 64 == 0 && frs__cancelled(m->ctx))
            return frs__fail(m->ctx, FRS_E_CANCELLED, _("interrupted"));
        if (id.site != site) {
            site = id.site;
            m->next = 0;
            FRS_TRY(begin(m, site));
        }
        FRS_TRY(read_to(m, site, id.row));
        FRS_TRY(fn(arg, id, m->state));
    }
    return FRS_OK;
}

frs_status frs__stream_each(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                            frs_status (*fn)(void *arg, frs_sample_id id, const void *state),
                            void *arg) {
    if (!f->def->state_size)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s cannot be run step by step"),
                         _(f->def->title));
    FRS_TRY(frs__streams(ctx, &f->task));
    stream m = {
        .ctx = ctx, .f = f, .s = s, .state = frs__alloc(ctx, (int64_t)f->def->state_size(f), 1)};
    if (!m.state) return FRS_E_NOMEM;
    frs_status st = pass(&m, fn, arg);
    frs__free(ctx, m.state);
    return st;
}

typedef struct predicting {
    frs_ctx *ctx;
    const frs_forecaster *f;
    const frs_sink *sink;
} predicting;

static frs_status predict_one(void *arg, frs_sample_id id, const void *state) {
    const predicting *p = arg;
    float q[MAX_LEADS];
    FRS_TRY(p->f->def->state_predict(p->ctx, p->f, state, NULL, q));
    return frs__put_forecast(&p->f->task, id, q, p->sink);
}

frs_status frs_forecaster_stream(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                                 const frs_sink *sink) {
    if (frs_future_shown(&f->task))
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("a pass through the record knows no weather of the days to come"));
    predicting p = {ctx, f, sink};
    return frs__stream_each(ctx, f, s, predict_one, &p);
}
