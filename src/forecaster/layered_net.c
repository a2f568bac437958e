#include "forecaster/layered_net.h"
#include "data/samples.h"
#include "net/net.h"
#include "op/op.h"
#include <math.h>
#include <string.h>

bool frs__layered_sane(const frs_layered_sizes *s) {
    return s->channels > 0 && s->channels <= 4 * FRS_MAX_VARS && s->statics >= 0 &&
           s->statics <= FRS_MAX_STATICS && s->outputs > 0 && s->outputs <= FRS_WINDOW_OUTPUTS &&
           s->steps > 0 && (s->skip == 0 || s->skip == 1) && s->activation >= FRS_OUTPUT_LINEAR &&
           s->activation <= FRS_OUTPUT_SOFTPLUS && s->dropout >= 0 && s->dropout < 1 &&
           frs__net_loss_sane(&s->loss);
}

frs_layered_sizes frs__layered_sizes(const frs_config *c, const frs_task *t) {
    return (frs_layered_sizes){.channels = frs__channels(t),
                               .statics = t->n_statics,
                               .outputs = frs__n_targets(t),
                               .steps = frs__window(t),
                               .skip = frs__window_skips(t),
                               .activation = frs__window_activation(c),
                               .dropout = frs_config_real(c, "output_dropout")};
}

/* ---- from the config */

static const frs_part *layers_of(const frs_config *c, const char **name) {
    const frs_part *model = frs_config_part(c, "model"), *nets = frs_config_part(c, "nets");
    const bool of_model = !*name || strcmp(*name, "net") == 0;
    if (of_model && model && frs_part_form(model) == FRS_FORM_LIST) {
        *name = "net";
        return model;
    }
    if (of_model) *name = frs_config_text(c, "model");
    for (int64_t i = 0; nets && i < frs_part_count(nets); i++) {
        const char *found = frs_part_name(nets, i);
        if (!found || strcmp(found, *name) != 0) continue;
        *name = found;
        return frs_part_at(nets, i);
    }
    return NULL;
}

frs_status frs__layered_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                             const char **name, frs_net **layers) {
    char where[512];
    const frs_part *p = layers_of(c, name);
    if (!p)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: the forecaster net needs layers: a list of them, or the name of "
                           "one in nets"),
                         frs_config_where(c, "model", where));
    const int64_t C = frs__channels(t), S = t->n_statics;
    frs_net_opts o = {.inputs = {{"x", {2, {0, C + S}}}, {"dynamic", {2, {0, C}}}}};
    if (S) o.inputs[2] = (frs_net_input){"static", {1, {S}}};
    return frs__net_of_part(ctx, c, p, &o, layers);
}

/* ---- the graph */

typedef struct build_arg {
    const frs_net *layers;
    frs_layered_sizes s;
} build_arg;

/* Attributes at every step. */
static frs_tensor *each_step(frs_builder *b, frs_tensor *statics, int64_t steps, int64_t n) {
    const int64_t B = frs_build_dims(b).batch;
    statics = frs_reshape(b, statics, (frs_shape){3, {B, 1, n}});
    return frs_expand(b, statics, (frs_shape){3, {B, steps, n}});
}

/* What the layers made is not the flow, and a head would not make it so. */
static frs_status misfit(frs_builder *b, const build_arg *a, frs_shape made) {
    char text[160];
    const int last = a->layers->n_layers - 1;
    frs__net_sample_text(made, text, sizeof text);
    frs__build_fail(b, FRS_E_ARG,
                    _("%s: it makes %s of a sample, but the flow is [%lld], or [%lld, 1] of all "
                      "steps"),
                    a->layers->layers[last].name, text, (long long)a->s.outputs,
                    (long long)a->s.steps);
    return frs__net_at_layer(a->layers, last, FRS_E_ARG);
}

/* sim [B, K] of what the layers made. */
static frs_status end(frs_builder *b, const build_arg *a, frs_tensor *y, frs_tensor **sim) {
    const int64_t B = frs_build_dims(b).batch, K = a->s.outputs;
    const frs_shape s = frs_tensor_shape(y);
    const char *type = a->layers->layers[a->layers->n_layers - 1].type;
    const bool steps = s.rank == 3 && (s.dim[1] == a->s.steps || K == 1);
    const bool flow = (s.rank == 2 && s.dim[1] == K) || (steps && s.dim[2] == 1);
    const bool recurrent = frs__word_in("lstm gru rnn", type);
    if (!steps && s.rank != 2) return misfit(b, a, s);
    if (!flow && strcmp(type, "dense") == 0) return misfit(b, a, s);
    if (steps && s.dim[1] > K) y = frs_last_steps(b, y, K);
    if (!flow || recurrent) {
        y = frs_dropout(b, y, a->s.dropout);
        frs_scope_push(b, "head");
        y = frs_dense(b, y, steps ? 1 : K);
        frs_scope_pop(b);
    }
    *sim = frs_reshape(b, y, (frs_shape){2, {B, K}});
    return FRS_OK;
}

static frs_status build(frs_builder *b, const void *arg) {
    const build_arg *a = arg;
    const frs_layered_sizes *s = &a->s;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, s->channels}});
    frs_tensor *in[3] = {x, x, NULL}, *y = NULL, *sim = NULL;
    if (s->statics) {
        in[2] = frs_input(b, "statics", (frs_shape){2, {d.batch, s->statics}});
        frs_tensor *both[2] = {x, each_step(b, in[2], d.steps, s->statics)};
        in[0] = frs_concat(b, both, 2, 2);
    }
    FRS_TRY(frs__net_forward(a->layers, b, in, &y));
    FRS_TRY(end(b, a, y, &sim));
    const frs_window_end o = {s->outputs, s->skip != 0, (frs_output_activation)s->activation,
                              &s->loss};
    return frs__window_end(b, &o, frs__window_sim(b, &o, NULL, sim));
}

frs_status frs__layered_model(frs_ctx *ctx, const frs_net *layers, const frs_layered_sizes *s,
                              uint64_t seed, frs_model **m) {
    const build_arg a = {layers, *s};
    const frs_model_opts o = {.build = build, .arg = &a, .arg_size = sizeof a, .seed = seed};
    frs_plan *plan;
    FRS_TRY(frs_model_new(ctx, &o, m));
    return frs_model_compile(*m, FRS_INFER, (frs_dims){1, s->steps}, &plan);
}
