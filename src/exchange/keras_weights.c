/* Weights of Keras 2 in our layouts, which are PyTorch's. With the kernel's axes k..:
 *     kernel [k.., C/G, O] (of a dense layer [C, O])  -> weight [O, C/G, k..]
 *     kernel of a transposed convolution [k.., O, C]  -> weight [C, O, k..], the same turn
 *     depthwise_kernel [k.., C, m]                    -> weight [C m, 1, k..]
 *     kernel [F, G H], recurrent_kernel [H, G H]      -> weight_ih [G H, F], weight_hh [G H, H]
 *     bias [G H] -> bias_ih, and bias_hh 0; of a GRU with reset_after [2, 3 H] -> both
 * Gates: LSTM i f c o, ours i f g o; GRU z r h, ours r z n. What a layer was made without (bias of
 * a recurrent one, gamma, beta) is 0 or 1 here. source: keras/layers of Keras 2.10: dense.py, conv,
 * rnn/lstm.py, rnn/gru.py, normalization */
#include "exchange/keras_file.h"
#include <stdio.h>
#include <string.h>

/* A weight by its name "scope/../leaf:0". */
typedef struct part {
    const frs__keras_weight *w;
    char leaf[64], parent[192];
    bool reverse; /* of the backward half of a bidirectional layer */
} part;

typedef struct turning {
    frs_ctx *ctx;
    frs_arena *memory;
    const char *path;
    const frs__keras_layer *layer;
    part *parts;    /* [layer->n] */
    bool several;   /* a model within the model: a layer for each parent */
    bool partial;   /* what is not known is passed over */
    frs__given *to; /* the next free */
} turning;

static frs_status wrong(const turning *t, const frs__keras_weight *w, const char *what) {
    return frs__fail(t->ctx, FRS_E_UNSUPPORTED, _("%s: layer '%.80s', '%.120s': %s"), t->path,
                     t->layer->name, w->name, what);
}

const char *frs__keras_name(frs_arena *memory, const char *name) {
    char *s = frs__arena_strdup(memory, name);
    for (char *at = s; at && *at; at++)
        if (strchr("., ", *at)) *at = '_';
    return s;
}

/* ---- names */

static bool begins(const char *s, const char *with) {
    return strncmp(s, with, strlen(with)) == 0;
}

/* Of "bidirectional/backward_lstm/lstm_cell/kernel:0" leaf kernel, parent bidirectional, reverse.
 */
static void parse(const frs__keras_weight *w, part *p) {
    const char *at = w->name;
    *p = (part){.w = w};
    for (int i = 0;; i++) {
        const size_t n = strcspn(at, "/");
        char one[192];
        snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one - 1), at);
        if (!at[n]) {
            snprintf(p->leaf, sizeof p->leaf, "%.*s", (int)strcspn(one, ":"), one);
            return;
        }
        const bool inner = i > 0 && (begins(one, "forward_") || begins(one, "backward_"));
        p->reverse = p->reverse || (inner && one[0] == 'b');
        if (!inner && !(i > 0 && strstr(one, "_cell"))) memcpy(p->parent, one, sizeof one);
        at += n + 1;
    }
}

/* The weight beside p, of the same layer and direction; NULL: none. */
static const frs__keras_weight *beside(const turning *t, const part *p, const char *leaf) {
    for (int64_t i = 0; i < t->layer->n; i++) {
        const part *q = &t->parts[i];
        if (strcmp(q->leaf, leaf) == 0 && q->reverse == p->reverse &&
            strcmp(q->parent, p->parent) == 0)
            return q->w;
    }
    return NULL;
}

/* ---- what is handed on */

static frs__given *put(turning *t, const part *p, const char *inner, const char *leaf) {
    char group[640], full[96];
    const char *name = frs__keras_name(t->memory, t->several ? p->parent : t->layer->name);
    snprintf(group, sizeof group, "%s%s", name ? name : "", inner);
    snprintf(full, sizeof full, "%s%s", leaf, strstr(leaf, "_l0") && p->reverse ? "_reverse" : "");
    frs__given *g = t->to++;
    *g = (frs__given){.key = p->w->name,
                      .group = name ? frs__arena_strdup(t->memory, group) : NULL,
                      .leaf = frs__arena_strdup(t->memory, full)};
    return g;
}

static frs_status constant(turning *t, const part *p, const char *leaf, int64_t n, float v) {
    frs__given *g = put(t, p, "", leaf);
    float *to = frs__arena_alloc(t->memory, n, sizeof *to);
    if (!to || !g->group || !g->leaf) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) to[i] = v;
    g->rank = 1;
    g->dim[0] = g->n = n;
    g->values = to;
    return FRS_OK;
}

static frs_status as_it_is(turning *t, const part *p, const char *inner, const char *leaf) {
    frs__given *g = put(t, p, inner, leaf);
    g->rank = p->w->rank;
    g->n = p->w->n;
    memcpy(g->dim, p->w->dim, sizeof g->dim);
    g->values = p->w->values;
    return g->group && g->leaf ? FRS_OK : FRS_E_NOMEM;
}

/* Gates of a recurrent layer; n 0: none. */
typedef struct gates {
    int64_t n, H;
} gates;

/* Column of theirs for column i of ours. */
static int64_t column(gates g, int64_t i) {
    static const int64_t of_gru[] = {1, 0, 2};
    return g.n == 3 ? of_gru[i / g.H] * g.H + i % g.H : i;
}

/* [k.., a, b] -> [b, a, k..] */
static frs_status turned(turning *t, const part *p, const char *inner, const char *leaf, gates gs) {
    const frs__keras_weight *w = p->w;
    if (w->rank < 2) return wrong(t, w, _("expected at least two axes"));
    const int64_t A = w->dim[w->rank - 2], B = w->dim[w->rank - 1], K = A && B ? w->n / A / B : 0;
    frs__given *g = put(t, p, inner, leaf);
    float *to = frs__arena_alloc(t->memory, w->n, sizeof *to);
    if (!to || !g->group || !g->leaf) return FRS_E_NOMEM;
    g->rank = w->rank;
    g->n = w->n;
    g->dim[0] = B;
    g->dim[1] = A;
    for (int i = 2; i < w->rank; i++) g->dim[i] = w->dim[i - 2];
    for (int64_t b = 0; b < B && w->n; b++)
        for (int64_t a = 0; a < A; a++)
            for (int64_t k = 0; k < K; k++)
                to[(b * A + a) * K + k] = w->values[(k * A + a) * B + column(gs, b)];
    g->values = to;
    return FRS_OK;
}

/* [k.., C, m] -> [C m, 1, k..] */
static frs_status depthwise(turning *t, const part *p, const char *inner) {
    frs__given *g = t->to;
    part flat = *p;
    frs__keras_weight w = *p->w;
    if (w.rank < 3) return wrong(t, p->w, _("expected at least three axes"));
    w.dim[w.rank - 1] *= w.dim[w.rank - 2];
    w.dim[w.rank - 2] = 1;
    flat.w = &w;
    FRS_TRY(turned(t, &flat, inner, "weight", (gates){0}));
    g->key = p->w->name;
    return FRS_OK;
}

/* ---- recurrent layers */

static frs_status find_gates(const turning *t, const frs__keras_weight *recurrent, gates *g) {
    const int64_t H = recurrent->rank == 2 ? recurrent->dim[0] : 0;
    *g = (gates){H ? recurrent->dim[1] / H : 0, H};
    if ((g->n == 1 || g->n == 3 || g->n == 4) && g->n * H == recurrent->dim[1]) return FRS_OK;
    return wrong(t, recurrent, _("expected [H, H], [H, 3 H] or [H, 4 H]"));
}

/* Row `row` of the bias [rows, G H] */
static frs_status bias_row(turning *t, const part *p, const char *leaf, gates gs, int64_t row) {
    const int64_t n = gs.n * gs.H;
    FRS_TRY(constant(t, p, leaf, n, 0));
    float *to = (float *)(uintptr_t)t->to[-1].values;
    for (int64_t i = 0; i < n; i++) to[i] = p->w->values[row * n + column(gs, i)];
    return FRS_OK;
}

static frs_status recurrent_bias(turning *t, const part *p, gates gs) {
    const frs__keras_weight *w = p->w;
    const int64_t n = gs.n * gs.H;
    const bool two = w->rank == 2 && w->dim[0] == 2 && w->dim[1] == n && gs.n == 3;
    if (gs.n == 3 && w->rank == 1 && w->n == n)
        return wrong(t, w,
                     _("a GRU with reset_after=False, which resets before the product; only "
                       "reset_after=True (TensorFlow 2's default) is known here"));
    if (!two && (w->rank != 1 || w->n != n)) return wrong(t, w, _("its shape is not [G H]"));
    FRS_TRY(bias_row(t, p, "bias_ih_l0", gs, 0));
    return two ? bias_row(t, p, "bias_hh_l0", gs, 1) : constant(t, p, "bias_hh_l0", n, 0);
}

static frs_status recurrent(turning *t, const part *p, const frs__keras_weight *hidden) {
    gates gs;
    const bool kernel = strcmp(p->leaf, "kernel") == 0, bias = strcmp(p->leaf, "bias") == 0;
    if (hidden->rank > 2) /* of convolutions */
        return bias ? as_it_is(t, p, "", "bias")
                    : turned(t, p, "", kernel ? "weight_ih" : "weight_hh", (gates){0});
    FRS_TRY(find_gates(t, hidden, &gs));
    if (bias) return recurrent_bias(t, p, gs);
    if (p->w->rank != 2 || p->w->dim[1] != gs.n * gs.H)
        return wrong(t, p->w, _("its shape is not [F, G H]"));
    FRS_TRY(turned(t, p, "", kernel ? "weight_ih_l0" : "weight_hh_l0", gs));
    if (!kernel || beside(t, p, "bias")) return FRS_OK;
    FRS_TRY(constant(t, p, "bias_ih_l0", gs.n * gs.H, 0));
    return constant(t, p, "bias_hh_l0", gs.n * gs.H, 0);
}

/* ---- one weight, one layer */

/* gamma without beta, moving_mean without either, .. */
static frs_status normalised(turning *t, const part *p) {
    const bool mean = strcmp(p->leaf, "moving_mean") == 0, gamma = strcmp(p->leaf, "gamma") == 0;
    const bool alone = !beside(t, p, "moving_mean");
    const char *leaf = mean                           ? "running_mean"
                       : gamma                        ? "weight"
                       : strcmp(p->leaf, "beta") == 0 ? "bias"
                                                      : "running_var";
    FRS_TRY(as_it_is(t, p, "", leaf));
    if (p->w->rank != 1 && (mean || alone)) return FRS_OK;
    if ((mean || (alone && !gamma)) && !beside(t, p, "gamma"))
        FRS_TRY(constant(t, p, "weight", p->w->n, 1));
    if ((mean || (alone && gamma)) && !beside(t, p, "beta"))
        FRS_TRY(constant(t, p, "bias", p->w->n, 0));
    return FRS_OK;
}

static frs_status one(turning *t, const part *p) {
    const frs__keras_weight *hidden = beside(t, p, "recurrent_kernel");
    const bool separable = beside(t, p, "pointwise_kernel");
    if (hidden && frs__word_in("kernel recurrent_kernel bias", p->leaf))
        return recurrent(t, p, hidden);
    if (strcmp(p->leaf, "kernel") == 0) return turned(t, p, "", "weight", (gates){0});
    if (strcmp(p->leaf, "depthwise_kernel") == 0)
        return depthwise(t, p, separable ? ".depthwise" : "");
    if (strcmp(p->leaf, "pointwise_kernel") == 0)
        return turned(t, p, ".pointwise", "weight", (gates){0});
    if (strcmp(p->leaf, "bias") == 0) return as_it_is(t, p, separable ? ".pointwise" : "", "bias");
    if (strcmp(p->leaf, "embeddings") == 0) return as_it_is(t, p, "", "weight");
    if (frs__word_in("gamma beta moving_mean moving_variance", p->leaf)) return normalised(t, p);
    return t->partial ? FRS_OK : wrong(t, p->w, _("no weight of a layer that is known here"));
}

static frs_status one_layer(turning *t) {
    t->parts = frs__arena_alloc(t->memory, t->layer->n, sizeof *t->parts);
    if (!t->parts) return FRS_E_NOMEM;
    t->several = false;
    for (int64_t i = 0; i < t->layer->n; i++) {
        parse(&t->layer->weights[i], &t->parts[i]);
        if (strcmp(t->parts[i].parent, t->parts[0].parent) != 0) t->several = true;
    }
    for (int64_t i = 0; i < t->layer->n; i++) FRS_TRY(one(t, &t->parts[i]));
    return FRS_OK;
}

frs_status frs__keras_take(frs_net *net, const char *path, frs__keras_file *f, bool partial) {
    enum { MOST = 3 }; /* of ours that one of theirs becomes */
    turning t = {.ctx = net->ctx, .memory = &f->memory, .path = path, .partial = partial};
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) n += f->layers[i].n;
    frs__given *given = frs__arena_alloc(&f->memory, MOST * n, sizeof *given);
    if (!given) return FRS_E_NOMEM;
    t.to = given;
    for (int64_t i = 0; i < f->n; i++) {
        t.layer = &f->layers[i];
        FRS_TRY(one_layer(&t));
    }
    const frs__file_weights all = {.path = path, .given = given, .n = t.to - given};
    return frs__weights_take(net, &all, partial);
}

frs_status frs_net_load_keras(frs_net *net, const char *path, const frs_weights_opts *o) {
    frs__keras_file f;
    FRS_TRY(frs__keras_file_read(net->ctx, path, &f));
    const frs_status s = frs__keras_take(net, path, &f, o && o->partial);
    frs__keras_file_free(&f);
    return s;
}

static frs_status read_net(frs_ctx *ctx, const char *path, frs__keras_file *f, frs_net **out) {
    frs_net *net = NULL;
    FRS_TRY(frs__keras_net(ctx, path, f, &net));
    const frs_status s = frs__keras_take(net, path, f, false);
    if (s == FRS_OK)
        *out = net;
    else
        frs_net_free(net);
    return s;
}

frs_status frs_net_read_keras(frs_ctx *ctx, const char *path, frs_net **net) {
    frs__keras_file f;
    FRS_TRY(frs__keras_file_read(ctx, path, &f));
    const frs_status s = read_net(ctx, path, &f, net);
    frs__keras_file_free(&f);
    return s;
}
