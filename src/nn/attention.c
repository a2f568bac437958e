/* Attention: dot-product, additive, and of several heads. */
#include "nn/dense.h"
#include <math.h>

static int64_t last(const frs_tensor *x, int back) {
    const frs_shape s = frs_tensor_shape(x);
    return s.rank > back ? s.dim[s.rank - 1 - back] : 0;
}

/* Shares of the keys times their values. */
static frs_tensor *looked_up(frs_builder *b, frs_tensor *scores, frs_tensor *v, frs_tensor *mask,
                             double dropout) {
    frs_tensor *shares = frs_softmax(b, scores, mask);
    if (shares) shares = frs_dropout(b, shares, dropout);
    return frs_matmul(b, shares, v, false, false);
}

static frs_tensor *scores_of(frs_builder *b, frs_tensor *q, frs_tensor *k) {
    const int64_t D = last(q, 0);
    if (!q || !k) return NULL;
    return frs_matmul(b, frs_scale(b, q, 1 / sqrt((double)(D ? D : 1)), 0), k, false, true);
}

frs_tensor *frs_dot_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                              frs_tensor *mask) {
    return looked_up(b, scores_of(b, q, k), v, mask, 0);
}

/* ---- additive */

/* x W' without a bias; first values as torch.nn.Linear's. */
static frs_tensor *projected(frs_builder *b, const char *name, frs_tensor *x, int64_t units) {
    const int64_t F = last(x, 0);
    const frs_init init = {FRS_INIT_UNIFORM, 1 / sqrt((double)(F ? F : 1)), 0};
    frs_scope_push(b, name);
    frs_tensor *w = frs_param(b, "weight", (frs_shape){2, {units, F}}, init);
    frs_scope_pop(b);
    return frs_matmul(b, x, w, false, true);
}

frs_tensor *frs_additive_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                                   int64_t units, frs_tensor *mask) {
    const frs_shape sq = frs_tensor_shape(q), sk = frs_tensor_shape(k);
    if (!q || !k || !v) return NULL;
    if (sq.rank != 3 || sk.rank != 3 || frs_tensor_shape(v).rank != 3 || units < 1) {
        frs__build_fail(b, FRS_E_ARG,
                        _("additive attention: query, key and value must be [batch, steps, "
                          "features] and units at least 1"));
        return NULL;
    }
    const int64_t B = sq.dim[0], T = sq.dim[1], S = sk.dim[1];
    q = frs_reshape(b, projected(b, "query", q, units), (frs_shape){4, {B, T, 1, units}});
    k = frs_reshape(b, projected(b, "key", k, units), (frs_shape){4, {sk.dim[0], 1, S, units}});
    frs_tensor *scores = projected(b, "score", frs_tanh(b, frs_add(b, q, k)), 1);
    return looked_up(b, frs_reshape(b, scores, (frs_shape){3, {B, T, S}}), v, mask, 0);
}

/* ---- several heads */

/* Parts of in_proj: query, key and value. */
enum { QUERY, KEY, VALUE };
typedef struct heads {
    frs_builder *b;
    frs_tensor *w, *bias; /* [3E, E], [3E] */
    int64_t E, heads;
} heads;

static frs_tensor *input_of(const heads *h, frs_tensor *x, int part) {
    return frs__affine(h->b, x, frs_slice(h->b, h->w, 0, part * h->E, h->E),
                       frs_slice(h->b, h->bias, 0, part * h->E, h->E));
}

/* [B, T, E] -> [B, heads, T, E / heads] */
static frs_tensor *split(const heads *h, frs_tensor *x) {
    const frs_shape s = frs_tensor_shape(x);
    x = frs_reshape(h->b, x, (frs_shape){4, {s.dim[0], s.dim[1], h->heads, h->E / h->heads}});
    return frs_permute(h->b, x, (const int[]){0, 2, 1, 3});
}

/* [B, 1, 1, S], [1, 1, T, S] or both; NULL: none */
static frs_tensor *mask_of(frs_builder *b, const frs_attention_opts *o, int64_t B, int64_t T,
                           int64_t S) {
    frs_tensor *keys = NULL, *past = NULL;
    if (o->key_mask) keys = frs_reshape(b, o->key_mask, (frs_shape){4, {B, 1, 1, S}});
    if (o->causal) past = frs_tril(b, frs__fill(b, (frs_shape){4, {1, 1, T, S}}, 1), 0);
    return keys && past ? frs_mul(b, keys, past) : keys ? keys : past;
}

/* The three inputs of attention; of one tensor by one product. */
static void inputs_of(const heads *h, frs_tensor *const in[3], frs_tensor *out[3]) {
    if (in[QUERY] == in[KEY] && in[KEY] == in[VALUE]) {
        frs_tensor *all = frs__affine(h->b, in[QUERY], h->w, h->bias);
        for (int i = 0; i < 3; i++) out[i] = frs_slice(h->b, all, 2, i * h->E, h->E);
    } else
        for (int i = 0; i < 3; i++) out[i] = input_of(h, in[i], i);
    for (int i = 0; i < 3; i++) out[i] = split(h, out[i]);
}

static bool fits(frs_builder *b, frs_tensor *const in[3], int64_t n) {
    const frs_shape q = frs_tensor_shape(in[QUERY]), k = frs_tensor_shape(in[KEY]),
                    v = frs_tensor_shape(in[VALUE]);
    const int64_t E = last(in[QUERY], 0);
    bool good = q.rank == 3 && k.rank == 3 && v.rank == 3 && q.dim[0] == k.dim[0];
    for (int i = 0; i < 3 && good; i++)
        good = k.dim[i] == v.dim[i] && last(in[KEY], 0) == E && E > 0 && E % n == 0;
    if (!good)
        frs__build_fail(b, FRS_E_ARG,
                        _("attention: query, key and value must be [batch, steps, features], key "
                          "and value of one shape, the features a multiple of %lld heads"),
                        (long long)n);
    return good;
}

frs_tensor *frs_attention(frs_builder *b, frs_tensor *q, frs_tensor *k, frs_tensor *v,
                          const frs_attention_opts *o) {
    frs_tensor *const in[] = {q, k, v};
    heads h = {.b = b, .E = last(q, 0), .heads = o && o->heads > 0 ? o->heads : 1};
    frs_tensor *x[3];
    static const frs_attention_opts none = {0};
    if (!o) o = &none;
    if (!q || !k || !v || !fits(b, in, h.heads)) return NULL;
    const int64_t B = frs_tensor_shape(q).dim[0], T = frs_tensor_shape(q).dim[1];
    const int64_t S = frs_tensor_shape(k).dim[1], E = h.E;
    h.w = frs_param(b, "in_proj_weight", (frs_shape){2, {3 * E, E}},
                    (frs_init){FRS_INIT_GLOROT_UNIFORM, 0, 0});
    h.bias = frs_param(b, "in_proj_bias", (frs_shape){1, {3 * E}}, (frs_init){0});
    inputs_of(&h, in, x);
    frs_tensor *y =
        looked_up(b, scores_of(b, x[QUERY], x[KEY]), x[VALUE], mask_of(b, o, B, T, S), o->dropout);
    if (!y) return NULL;
    y = frs_permute(b, y, (const int[]){0, 2, 1, 3});
    y = frs_reshape(b, y, (frs_shape){3, {B, T, E}});
    frs_scope_push(b, "out_proj");
    y = frs__dense(b, y, E, (frs_init){FRS_INIT_UNIFORM, 1 / sqrt((double)E), 0}, (frs_init){0});
    frs_scope_pop(b);
    return y;
}
