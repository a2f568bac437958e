#include "forecaster/input_net.h"
#include "nn/dense.h"
#include <math.h>
#include <stdio.h>

static const frs_init zero = {0};

static frs_init uniform(double a) {
    return (frs_init){FRS_INIT_UNIFORM, a, 0};
}

static int64_t width(const frs_tensor *x) {
    const frs_shape s = frs_tensor_shape(x);
    return s.rank ? s.dim[s.rank - 1] : 0;
}

static frs_tensor *activate(frs_builder *b, int64_t activation, frs_tensor *x) {
    switch ((frs_embedding_activation)activation) {
    case FRS_EMBEDDING_TANH:
        return frs_tanh(b, x);
    case FRS_EMBEDDING_SIGMOID:
        return frs_sigmoid(b, x);
    case FRS_EMBEDDING_RELU:
        return frs_relu(b, x);
    case FRS_EMBEDDING_LINEAR:
        break;
    }
    return x;
}

/* An embedding net called SCOPE, or SCOPE.index. Its layers are counted as in a torch Sequential of
 * linear, activation, dropout; first weights as NeuralHydrology's. */
static frs_tensor *embed(frs_builder *b, const frs_embedding *e, const char *scope, int index,
                         frs_tensor *x) {
    char number[16];
    if (!x || e->n == 0) return x;
    frs_scope_push(b, scope);
    snprintf(number, sizeof number, "%d", index);
    if (index >= 0) frs_scope_push(b, number);
    frs_scope_push(b, "net");
    for (int64_t k = 0; k < e->n && x; k++) {
        snprintf(number, sizeof number, "%d", (int)(3 * k));
        frs_scope_push(b, number);
        x = frs__dense(b, x, e->units[k], uniform(sqrt(3 / (double)width(x))), zero);
        frs_scope_pop(b);
        if (k + 1 < e->n) x = frs_dropout(b, activate(b, e->activation, x), e->dropout);
    }
    frs_scope_pop(b);
    if (index >= 0) frs_scope_pop(b);
    frs_scope_pop(b);
    return x;
}

/* Those of the tensors that are there, side by side. */
static frs_tensor *beside(frs_builder *b, frs_tensor *const *parts, int n) {
    frs_tensor *there[FRS_INPUT_GROUPS];
    int count = 0;
    for (int i = 0; i < n; i++)
        if (parts[i]) there[count++] = parts[i];
    return count == 1 ? there[0] : count ? frs_concat(b, there, count, 2) : NULL;
}

/* n columns of x; NULL where there is none. */
static frs_tensor *columns(frs_builder *b, frs_tensor *x, int64_t first, int64_t n) {
    return n ? frs_slice(b, x, 2, first, n) : NULL;
}

static frs_tensor *flags_of(frs_builder *b, const frs_input_net *n, frs_tensor *x) {
    return columns(b, x, width(x) - n->flags, n->flags);
}

static frs_tensor *position(frs_builder *b, const frs_input_net *n) {
    const frs_dims d = frs_build_dims(b);
    if (n->positions == 0) return NULL;
    frs_tensor *p = frs_input(b, "position", (frs_shape){3, {1, d.steps, n->positions}});
    return frs_expand(b, p, (frs_shape){3, {d.batch, d.steps, n->positions}});
}

/* ---- groups that may be missing */

typedef struct groups {
    frs_tensor *e[FRS_INPUT_GROUPS]; /* [B, T, E] each */
    frs_tensor *flags, *there;       /* [B, T, groups]; there: 1 - flags */
    int n;
} groups;

static groups embed_groups(frs_builder *b, const frs_input_net *n, frs_tensor *x,
                           frs_tensor *place) {
    groups g = {.flags = flags_of(b, n, x), .n = (int)n->groups};
    int64_t first = 0;
    for (int k = 0; k < g.n; k++) {
        frs_tensor *parts[] = {columns(b, x, first, n->size[k]), place};
        g.e[k] = embed(b, &n->dynamics, "dynamics_embeddings", k, beside(b, parts, 2));
        first += n->size[k];
    }
    g.there = frs_scale(b, g.flags, -1, 1);
    return g;
}

/* sum over g of w_g e_g, w [B, T, groups] */
static frs_tensor *weighted(frs_builder *b, const groups *g, frs_tensor *w) {
    frs_tensor *sum = NULL;
    for (int k = 0; k < g->n; k++) {
        frs_tensor *one = frs_mul(b, g->e[k], columns(b, w, k, 1));
        sum = k ? frs_add(b, sum, one) : one;
    }
    return sum;
}

static frs_tensor *mean(frs_builder *b, const frs_input_net *n, frs_tensor *x) {
    const groups g = embed_groups(b, n, x, position(b, n));
    frs_tensor *count = frs_reduce_sum(b, g.there, 1U << 2);
    frs_tensor *at_least_1 = frs_scale(b, frs_relu(b, frs_scale(b, count, 1, -1)), 1, 1);
    return weighted(b, &g, frs_div(b, g.there, at_least_1));
}

static frs_tensor *query(frs_builder *b, const frs_input_net *n, const groups *g,
                         frs_tensor *statics) {
    const frs_dims d = frs_build_dims(b);
    const int64_t S = width(statics);
    frs_tensor *row = frs_reshape(b, statics, (frs_shape){3, {d.batch, 1, S}});
    frs_tensor *parts[] = {frs_expand(b, row, (frs_shape){3, {d.batch, d.steps, S}}),
                           position(b, n), g->flags};
    return embed(b, &n->dynamics, "query_embedding", -1, beside(b, parts, 3));
}

/* torch's MultiheadAttention of one head, in_proj [3 E, E] for query, key and value. With s_g =
 * (W_q q + b_q) . (W_k e_g + b_k) / sqrt E, the share of b_k is the same for all g and falls out of
 * the softmax; W_k goes to the side of the query and W_v behind the sum, once a step each in place
 * of once a group. */
static frs_tensor *attention(frs_builder *b, const frs_input_net *n, frs_tensor *x,
                             frs_tensor *statics) {
    const frs_dims d = frs_build_dims(b);
    const groups g = embed_groups(b, n, x, NULL);
    const int64_t E = width(g.e[0]);
    frs_tensor *scores[FRS_INPUT_GROUPS], *q = query(b, n, &g, statics);
    frs_scope_push(b, "attention");
    frs_tensor *w = frs_param(b, "in_proj_weight", (frs_shape){2, {3 * E, E}},
                              (frs_init){FRS_INIT_GLOROT_UNIFORM, 0, 0});
    frs_tensor *bias = frs_param(b, "in_proj_bias", (frs_shape){1, {3 * E}}, zero);
    q = frs__affine(b, q, frs_slice(b, w, 0, 0, E), frs_slice(b, bias, 0, 0, E));
    q = frs_reshape(b, q, (frs_shape){2, {d.batch * d.steps, E}});
    q = frs_matmul(b, q, frs_slice(b, w, 0, E, E), false, false);
    q = frs_scale(b, q, 1 / sqrt((double)E), 0);
    q = frs_reshape(b, q, (frs_shape){3, {d.batch, d.steps, E}});
    for (int k = 0; k < g.n; k++) scores[k] = frs_reduce_sum(b, frs_mul(b, q, g.e[k]), 1U << 2);
    frs_tensor *y = weighted(b, &g, frs_softmax(b, frs_concat(b, scores, g.n, 2), g.there));
    y = frs__affine(b, y, frs_slice(b, w, 0, 2 * E, E), frs_slice(b, bias, 0, 2 * E, E));
    frs_scope_push(b, "out_proj");
    y = frs__dense(b, y, E, uniform(1 / sqrt((double)E)), zero);
    frs_scope_pop(b);
    frs_scope_pop(b);
    return y;
}

/* ---- the whole */

static frs_tensor *plain(frs_builder *b, const frs_input_net *n, frs_tensor *x) {
    frs_tensor *parts[] = {columns(b, x, 0, n->weather), flags_of(b, n, x), position(b, n)};
    return embed(b, &n->dynamics, "dynamics_embeddings", 0, beside(b, parts, 3));
}

frs_tensor *frs__input_net_statics(frs_builder *b, const frs_input_net *n, frs_tensor *statics) {
    frs_scope_push(b, "embedding_net");
    statics = embed(b, &n->statics, "statics_embedding", -1, statics);
    frs_scope_pop(b);
    return statics;
}

frs_tensor *frs__input_net_build(frs_builder *b, const frs_input_net *n, frs_tensor *x,
                                 frs_tensor *statics) {
    if (!x || (n->method == FRS_INPUT_PLAIN && n->dynamics.n == 0 && n->positions == 0)) return x;
    frs_tensor *y = NULL;
    frs_scope_push(b, "embedding_net");
    switch ((frs_input_method)n->method) {
    case FRS_INPUT_PLAIN:
        y = plain(b, n, x);
        break;
    case FRS_INPUT_MEAN:
        y = mean(b, n, x);
        break;
    case FRS_INPUT_ATTENTION:
        y = attention(b, n, x, statics);
        break;
    }
    frs_scope_pop(b);
    frs_tensor *parts[] = {y, columns(b, x, n->weather, width(x) - n->weather - n->flags)};
    return y ? beside(b, parts, 2) : NULL;
}

/* sin and cos of t / (2 span)^(2 i / positions), as in Vaswani et al. (2017) and NeuralHydrology,
 * where the base is twice the length of a window. */
void frs__input_net_positions(const frs_input_net *n, int64_t steps, float *to) {
    for (int64_t i = 0; i < n->positions; i++) {
        const double even = (double)(i - i % 2) / (double)n->positions;
        const double rate = pow(2 * (double)n->span, -even);
        for (int64_t t = 0; t < steps; t++) {
            const double a = (double)t * rate;
            to[t * n->positions + i] = (float)(i % 2 ? cos(a) : sin(a));
        }
    }
}

frs_status frs__input_net_feed(const frs_input_net *n, frs_plan *plan, int64_t steps) {
    float *to;
    int64_t count;
    if (n->positions == 0) return FRS_OK;
    FRS_TRY(frs_plan_input(plan, "position", &to, &count));
    frs__input_net_positions(n, steps, to);
    return FRS_OK;
}

static bool embedding_sane(const frs_embedding *e) {
    bool sane = e->n >= 0 && e->n <= FRS_EMBEDDING_LAYERS && e->dropout >= 0 && e->dropout < 1 &&
                e->activation >= 0 && e->activation <= FRS_EMBEDDING_LINEAR;
    for (int64_t k = 0; sane && k < e->n; k++) sane = e->units[k] > 0 && e->units[k] <= 4096;
    return sane;
}

bool frs__input_net_sane(const frs_input_net *n, int64_t channels) {
    int64_t weather = 0;
    bool sane = embedding_sane(&n->dynamics) && embedding_sane(&n->statics) && n->method >= 0 &&
                n->method <= FRS_INPUT_ATTENTION && n->weather >= 0 && n->flags >= 0 &&
                n->weather <= channels && n->flags <= channels - n->weather && n->groups >= 0 &&
                n->groups <= FRS_INPUT_GROUPS && n->positions >= 0 && n->positions <= 4096 &&
                n->span >= 0;
    for (int64_t k = 0; sane && k < n->groups; k++) {
        sane = n->size[k] > 0 && n->size[k] <= n->weather - weather;
        if (sane) weather += n->size[k];
    }
    if (n->dynamics.n > 0 && n->weather == 0) return false;
    if (!sane || n->method == FRS_INPUT_PLAIN) return sane;
    return n->groups > 0 && weather == n->weather && n->groups == n->flags &&
           (n->method == FRS_INPUT_MEAN || n->dynamics.n > 0);
}
