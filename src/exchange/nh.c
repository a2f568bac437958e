/* Trained runs of NeuralHydrology 1.x (Kratzert et al. 2022, doi:10.21105/joss.04050): config,
 * scaler and weights into a forecaster of ours, and the way back for the weights. */
#include "exchange/nh_names.h"
#include "exchange/nh_scaler.h"
#include "exchange/pt.h"
#include "forecaster/recurrent.h"
#include "freshet/exchange.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const scaler_file = "train_data/train_data_scaler.yml";
static const char *const old_scaler_file = "train_data/train_data_scaler.p";
static const char place_name[] = "embedding_net._pos_enc.pe";

static bool has(frs_ctx *ctx, const char *folder, const char *name) {
    char *path = frs__path_join(ctx, folder, name);
    const bool there = path && frs__exists(path);
    frs__free(ctx, path);
    return there;
}

bool frs_nh_is_run(frs_ctx *ctx, const char *folder) {
    return has(ctx, folder, "config.yml") && has(ctx, folder, "train_data");
}

/* ---- the scaler */

static frs_status take(frs_ctx *ctx, const frs__nh_scaler *s, frs__nh_part part, const char *name,
                       double *v) {
    const bool spread = part == FRS__NH_SCALE || part == FRS__NH_ATTRIBUTE_STD;
    if (!frs__nh_scaler_get(s, part, name, v))
        return frs__fail(ctx, FRS_E_INPUT, _("%s: it knows nothing of %s"), scaler_file, name);
    if (!isfinite(*v) || (spread && !(*v > 0)))
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %s: %s %g cannot be used"), scaler_file, name,
                         spread ? _("scale") : _("centre"), *v);
    return FRS_OK;
}

static frs_status take_both(frs_ctx *ctx, const frs__nh_scaler *s, frs__nh_part centre,
                            const char *name, double *mean, double *std) {
    FRS_TRY(take(ctx, s, centre, name, mean));
    return take(ctx, s, (frs__nh_part)(centre + 1), name, std);
}

static frs_status fill_scaler(frs_ctx *ctx, const frs__nh_scaler *s, const frs_task *t,
                              frs_scaler *k) {
    k->n_inputs = t->n_inputs;
    k->n_statics = t->n_statics;
    for (int i = 0; i < t->n_inputs; i++)
        FRS_TRY(take_both(ctx, s, FRS__NH_CENTER, t->inputs[i], &k->in_mean[i], &k->in_std[i]));
    for (int i = 0; i < t->n_statics; i++)
        FRS_TRY(take_both(ctx, s, FRS__NH_ATTRIBUTE_MEAN, t->statics[i], &k->st_mean[i],
                          &k->st_std[i]));
    return take_both(ctx, s, FRS__NH_CENTER, t->target, &k->target_mean, &k->target_std);
}

static frs_status read_scaler(frs_ctx *ctx, const frs_nh_opts *o, frs_scaler *k) {
    if (!has(ctx, o->folder, scaler_file) && has(ctx, o->folder, old_scaler_file))
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("%s: %s is a pickle of an old NeuralHydrology; newer ones write %s"),
                         o->folder, old_scaler_file, scaler_file);
    char *path = frs__path_join(ctx, o->folder, scaler_file);
    if (!path) return FRS_E_NOMEM;
    frs__nh_scaler s;
    frs_status st = frs__nh_scaler_read(ctx, path, &s);
    if (st == FRS_OK) {
        st = fill_scaler(ctx, &s, o->task, k);
        if (st != FRS_OK && st != FRS_E_NOMEM) st = frs__fail_in(ctx, st, "%s", o->folder);
        frs__nh_scaler_free(&s);
    }
    frs__free(ctx, path);
    return st;
}

/* ---- which weights */

/* Of model_epochNNN.pt; -1: another file. */
static int64_t epoch_of(const char *name) {
    static const char head[] = "model_epoch", tail[] = ".pt";
    const size_t n = strlen(name);
    int64_t epoch;
    if (n <= strlen(head) + strlen(tail) || strncmp(name, head, strlen(head)) != 0 ||
        strcmp(name + n - strlen(tail), tail) != 0)
        return -1;
    const char *digits = name + strlen(head);
    const size_t count = n - strlen(head) - strlen(tail);
    if (strspn(digits, "0123456789") != count || !frs__parse_int(digits, count, &epoch)) return -1;
    return epoch;
}

/* *file: frs__free. */
static frs_status find_weights(frs_ctx *ctx, const frs_nh_opts *o, char **file) {
    char **names;
    int64_t n, best = -1, last = 0;
    FRS_TRY(frs__list_dir(ctx, o->folder, &names, &n));
    for (int64_t i = 0; i < n; i++) {
        const int64_t epoch = epoch_of(names[i]);
        if (epoch < 0 || (o->epoch > 0 && epoch != o->epoch)) continue;
        if (best < 0 || epoch >= last) best = i, last = epoch;
    }
    frs_status s = FRS_OK;
    if (best >= 0) {
        *file = frs__path_join(ctx, o->folder, names[best]);
        if (!*file) s = FRS_E_NOMEM;
    } else if (o->epoch > 0)
        s = frs__fail(ctx, FRS_E_INPUT, _("%s: no weights of epoch %lld (model_epoch%03lld.pt)"),
                      o->folder, (long long)o->epoch, (long long)o->epoch);
    else
        s = frs__fail(ctx, FRS_E_INPUT, _("%s: no weights in it (model_epochNNN.pt)"), o->folder);
    frs__free(ctx, names);
    return s;
}

/* ---- weights into a net */

typedef struct loading {
    frs_ctx *ctx;
    const char *path;
    const frs__nh_model *model;
    const frs__pt *pt;
    int64_t used;
} loading;

static void shape_text(const int64_t *dim, int rank, char *text, size_t size) {
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < rank && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%lld", i ? " x " : "", (long long)dim[i]);
}

static frs_status same_shape(const loading *l, const frs__pt_tensor *t, frs_shape want,
                             bool transposed) {
    char expected[128], found[128];
    if (transposed) {
        const int64_t rows = want.dim[0];
        want.dim[0] = want.dim[1];
        want.dim[1] = rows;
    }
    bool same = t->rank == want.rank;
    for (int i = 0; same && i < want.rank; i++) same = t->dim[i] == want.dim[i];
    if (same) return FRS_OK;
    shape_text(want.dim, want.rank, expected, sizeof expected);
    shape_text(t->dim, t->rank, found, sizeof found);
    return frs__fail(l->ctx, FRS_E_INPUT,
                     _("%s: '%.80s' is %s, expected %s by hidden_size, dynamic_inputs and "
                       "static_attributes of the config"),
                     l->path, t->name, found, expected);
}

/* Of theirs; in versions up to 1.11, which knew one embedding of the inputs, that had no number. */
static const frs__pt_tensor *find_theirs(const loading *l, const char *name) {
    static const char now[] = "embedding_net.dynamics_embeddings.0.";
    const frs__pt_tensor *t = frs__pt_find(l->pt, name);
    char old[128];
    if (t || strncmp(name, now, strlen(now)) != 0) return t;
    snprintf(old, sizeof old, "embedding_net.dynamics_embedding.%s", name + strlen(now));
    return frs__pt_find(l->pt, old);
}

/* from [rows][columns] -> to [columns][rows] */
static void transpose(const float *from, int64_t rows, int64_t columns, float *to) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
}

/* The last two of three gates change places. */
static void swap_gates(float *v, int64_t n) {
    for (int64_t i = n / 3; i < 2 * (n / 3); i++) {
        const float of_second = v[i];
        v[i] = v[i + n / 3];
        v[i + n / 3] = of_second;
    }
}

static frs_status load_param(loading *l, frs_param_info p, float *to) {
    const frs__nh_weight w = frs__nh_weight_of(l->model, p.name);
    const int64_t n = frs_shape_count(p.shape);
    if (!w.name) {
        memset(to, 0, (size_t)n * sizeof *to);
        return FRS_OK;
    }
    const frs__pt_tensor *t = find_theirs(l, w.name);
    if (!t)
        return frs__fail(l->ctx, FRS_E_INPUT, _("%s: it has no '%s', which a %s needs"), l->path,
                         w.name, l->model->name);
    FRS_TRY(same_shape(l, t, p.shape, w.transposed));
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(t->values[i]))
            return frs__fail(l->ctx, FRS_E_INPUT, _("%s: '%s' holds a number that is not finite"),
                             l->path, w.name);
    if (w.transposed)
        transpose(t->values, t->dim[0], t->dim[1], to);
    else
        memcpy(to, t->values, (size_t)n * sizeof *to);
    if (w.f_o_g) swap_gates(to, n);
    l->used++;
    return FRS_OK;
}

static frs_status load_params(loading *l, frs_model *model) {
    float *weights = frs_model_weights(model);
    for (int64_t i = 0; i < frs_model_n_params(model); i++) {
        const frs_param_info p = frs_model_param(model, i);
        FRS_TRY(load_param(l, p, weights + p.offset));
    }
    if (frs__pt_find(l->pt, place_name)) l->used++; /* what it holds follows from the config */
    if (l->used == l->pt->n) return FRS_OK;
    return frs__fail(l->ctx, FRS_E_UNSUPPORTED,
                     _("%s: %lld tensors, of which a %s has %lld: the net has parts that are not "
                       "supported"),
                     l->path, (long long)l->pt->n, l->model->name, (long long)l->used);
}

static frs_status load_weights(frs_ctx *ctx, const frs_nh_opts *o, const frs__nh_model *m,
                               frs_model *model) {
    char *path = NULL;
    frs__pt pt;
    FRS_TRY(find_weights(ctx, o, &path));
    frs_status s = frs__pt_read(ctx, path, &pt);
    if (s == FRS_OK) {
        loading l = {.ctx = ctx, .path = path, .model = m, .pt = &pt};
        s = load_params(&l, model);
        frs__pt_free(&pt);
    }
    if (s == FRS_OK) frs__log(ctx, FRS_LOG_INFO, _("weights: %s"), path);
    frs__free(ctx, path);
    return s;
}

/* ---- the forecaster */

static int choice(const char *text, const char *const *names, int n) {
    for (int i = 0; i < n; i++)
        if (text && strcasecmp(text, names[i]) == 0) return i;
    return 0;
}

static frs_status net_of(frs_ctx *ctx, const frs_nh_opts *o, const frs__nh_model *m,
                         frs_recurrent_net *net) {
    static const char *const activations[] = {"linear", "relu", "softplus"};
    char where[512];
    *net = (frs_recurrent_net){.cell = m->cell,
                               .channels = o->task->n_inputs,
                               .statics = o->task->n_statics,
                               .hidden = frs_config_int(o->config, "hidden_size"),
                               .layers = 1,
                               .outputs = o->task->predict_last_n,
                               .activation = choice(frs_config_text(o->config, "output_activation"),
                                                    activations, FRS_LEN(activations))};
    FRS_TRY(frs__input_net_of(ctx, o->config, o->task, &net->input));
    net->channels += net->input.flags;
    if (net->input.flags == 0 || net->input.method != FRS_INPUT_PLAIN) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: no run with '%s' is read"),
                     frs_config_where(o->config, "nan_handling_method", where),
                     frs_config_text(o->config, "nan_handling_method"));
}

static frs_status hand_over(frs_ctx *ctx, const frs_task *task, const frs_recurrent_net *net,
                            const frs_model *model, frs_scaler *scaler, frs_forecaster **f) {
    const float *weights = frs_model_weights_get(model);
    const int64_t n = frs_model_n_params(model);
    frs_weight *items = frs__alloc(ctx, n, sizeof *items);
    const frs_weights w = {.items = items, .n = n};
    if (!items) return FRS_E_NOMEM;
    for (int64_t i = 0; i < w.n; i++) {
        const frs_param_info p = frs_model_param(model, i);
        items[i] = (frs_weight){p.name, weights + p.offset, frs_shape_count(p.shape)};
    }
    const frs_status s = frs__recurrent_make(ctx, task, net, scaler, &w, f);
    frs__free(ctx, items);
    return s;
}

/* The file's weights go through a net of the config's shape, which says what each must be. */
static frs_status load(frs_ctx *ctx, const frs_nh_opts *o, const frs__nh_model *m,
                       frs_forecaster **f) {
    frs_recurrent_net net;
    FRS_TRY(net_of(ctx, o, m, &net));
    const frs_model_opts mo = {
        .build = frs__recurrent_net_build, .arg = &net, .arg_size = sizeof net};
    frs_scaler scaler = {0};
    frs_model *model;
    frs_plan *plan;
    FRS_TRY(frs_model_new(ctx, &mo, &model));
    frs_status s = frs_model_compile(model, FRS_INFER, (frs_dims){1, 1}, &plan);
    if (s == FRS_OK) s = read_scaler(ctx, o, &scaler);
    if (s == FRS_OK) s = load_weights(ctx, o, m, model);
    if (s == FRS_OK) s = hand_over(ctx, o->task, &net, model, &scaler, f);
    frs_scaler_free(ctx, &scaler);
    frs_model_free(model);
    return s;
}

frs_status frs_nh_load(frs_ctx *ctx, const frs_nh_opts *o, frs_forecaster **f) {
    const char *name = frs_config_text(o->config, "model");
    const frs__nh_model *m = frs__nh_model_find(name);
    char where[512];
    frs_config_where(o->config, "model", where);
    if (!m || o->task->kind != FRS_SIMULATION)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: no run of model '%s' is read"), where,
                         name);
    if (!frs_forecaster_find(m->forecaster)->serves(o->task))
        return frs__fail(ctx, FRS_E_INPUT, _("%s: '%s' needs static_attributes"), where, name);
    return load(ctx, o, m, f);
}

/* ---- the way back */

/* A parameter of ours, with those that are part of it, in their layout. */
static frs_status export_param(frs_arena *memory, const frs__nh_model *m, const frs_model *model,
                               frs_param_info p, frs__pt_tensor *t) {
    const frs__nh_weight w = frs__nh_weight_of(m, p.name);
    const float *weights = frs_model_weights_get(model);
    const int64_t n = frs_shape_count(p.shape);
    float *v = frs__arena_alloc(memory, n, sizeof *v), *across = v;
    if (w.transposed) across = frs__arena_alloc(memory, n, sizeof *across);
    if (!v || !across) return FRS_E_NOMEM;
    memcpy(v, weights + p.offset, (size_t)n * sizeof *v);
    for (int64_t k = 0; k < frs_model_n_params(model); k++) {
        const frs_param_info q = frs_model_param(model, k);
        const char *into = frs__nh_weight_of(m, q.name).into;
        if (!into || strcmp(into, p.name) != 0) continue;
        for (int64_t i = 0; i < n; i++) v[i] += weights[q.offset + i];
    }
    if (w.f_o_g) swap_gates(v, n);
    if (w.transposed) transpose(v, p.shape.dim[0], p.shape.dim[1], across);
    *t = (frs__pt_tensor){.name = w.name, .rank = p.shape.rank, .n = n, .values = across};
    for (int i = 0; i < p.shape.rank; i++)
        t->dim[w.transposed ? p.shape.rank - 1 - i : i] = p.shape.dim[i];
    return FRS_OK;
}

/* What tells of a step's place is a buffer there, [seq_length, 1, positions], and part of the file.
 */
static frs_status export_places(frs_arena *memory, const recurrent *f, frs__pt_tensor *t) {
    const frs_input_net *in = &f->net.input;
    const int64_t T = f->base.task.seq_length;
    float *v = frs__arena_alloc(memory, T * in->positions, sizeof *v);
    if (!v) return FRS_E_NOMEM;
    frs__input_net_positions(in, T, v);
    *t = (frs__pt_tensor){.name = place_name,
                          .rank = 3,
                          .dim = {T, 1, in->positions},
                          .n = T * in->positions,
                          .values = v};
    return FRS_OK;
}

static frs_status export_all(frs_arena *memory, const frs__nh_model *m, const recurrent *f,
                             const char *path) {
    const frs_model *model = f->model;
    const int64_t n = frs_model_n_params(model);
    frs__pt_tensor *t = frs__arena_alloc(memory, n + 1, sizeof *t);
    int64_t count = 0;
    if (!t) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const frs_param_info p = frs_model_param(model, i);
        if (frs__nh_weight_of(m, p.name).name)
            FRS_TRY(export_param(memory, m, model, p, &t[count++]));
    }
    if (f->net.input.positions) FRS_TRY(export_places(memory, f, &t[count++]));
    return frs__pt_write(memory->ctx, path, t, count);
}

frs_status frs_export_pytorch(frs_ctx *ctx, const frs_forecaster *f, const char *path) {
    const frs__nh_model *m = frs__nh_model_of(f->def->name);
    if (!m)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s is no net that PyTorch could read"),
                         f->def->name);
    frs_arena memory = {.ctx = ctx};
    const frs_status s = export_all(&memory, m, (const recurrent *)f, path);
    frs__arena_free(&memory);
    return s;
}
