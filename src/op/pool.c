/* Pooling: windows that max_pool and avg_pool look through, and the builders. */
#include "op/pool.h"

_Static_assert(sizeof(frs_pool_attr) <= FRS_OP_ATTR, "attributes of a node");
enum { MOST_TAPS = 1 << 24 }; /* numbers of taps are exact in float */

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int32_t within(int64_t v, int64_t lo, int64_t hi) {
    return (int32_t)(v < lo ? lo : v > hi ? hi : v);
}

frs_pool_span frs__pool_span(const frs_pool_attr *t, int axis, int64_t in, int64_t o) {
    if (t->adaptive) {
        const int64_t out = t->out[axis], first = o * in / out, end = ceil_div((o + 1) * in, out);
        const int32_t n = (int32_t)(end - first);
        return (frs_pool_span){(int32_t)first, 1, 0, n, n};
    }
    const int64_t step = t->w.dilation[axis], K = t->w.kernel[axis];
    const int64_t base = o * t->w.stride[axis] - t->w.pad_lo[axis];
    const int64_t edge = in + t->w.pad_hi[axis] - t->uncounted[axis];
    return (frs_pool_span){.base = (int32_t)base,
                           .step = (int32_t)step,
                           .k0 = within(ceil_div(-base, step), 0, K),
                           .k1 = within(ceil_div(in - base, step), 0, K),
                           .counted = within(ceil_div(edge - base, step), 0, K)};
}

int64_t frs__pool_most(const frs_pool_attr *t, int axis, int64_t in) {
    return t->adaptive ? ceil_div(in, t->out[axis]) + 1 : t->w.kernel[axis];
}

/* ---- the references' loop */

typedef struct each {
    const frs_pool_attr *t;
    int64_t C, in[FRS_SPATIAL], out[FRS_SPATIAL];
} each;

static void sizes(frs_shape s, int64_t *spatial) {
    for (int i = 0; i < FRS_SPATIAL; i++) spatial[i] = i < s.rank - 2 ? s.dim[1 + i] : 1;
}

/* One output pixel: pixel `at` of y (its batch item's first pixel of x is `image`) and its spans.
 */
static void taps(const each *e, int64_t at, int64_t image, const frs_pool_span *s,
                 void (*visit)(const frs_ref_args *a, frs_pool_tap tap), const frs_ref_args *a) {
    const int64_t m1 = frs__pool_most(e->t, 1, e->in[1]), m2 = frs__pool_most(e->t, 2, e->in[2]);
    double divisor = 1;
    for (int i = 0; i < FRS_SPATIAL; i++)
        divisor *= e->t->count_padding ? s[i].counted : s[i].k1 - s[i].k0;
    for (int64_t k = s[0].k0; k < s[0].k1; k++)
        for (int64_t l = s[1].k0; l < s[1].k1; l++)
            for (int64_t m = s[2].k0; m < s[2].k1; m++) {
                const int64_t p0 = s[0].base + k * s[0].step, p1 = s[1].base + l * s[1].step;
                const int64_t p2 = s[2].base + m * s[2].step;
                const int64_t from = image + (p0 * e->in[1] + p1) * e->in[2] + p2;
                for (int64_t c = 0; c < e->C; c++)
                    visit(a, (frs_pool_tap){.out = at * e->C + c,
                                            .in = from * e->C + c,
                                            .number = (double)((k * m1 + l) * m2 + m),
                                            .divisor = divisor});
            }
}

void frs__pool_each(const frs_pool_attr *t, frs_shape x, frs_shape y,
                    void (*visit)(const frs_ref_args *a, frs_pool_tap tap), const frs_ref_args *a) {
    each e = {.t = t, .C = x.dim[x.rank - 1]};
    sizes(x, e.in);
    sizes(y, e.out);
    const int64_t in = e.in[0] * e.in[1] * e.in[2], out = e.out[0] * e.out[1] * e.out[2];
    for (int64_t at = 0; at < x.dim[0] * out; at++) {
        const int64_t o[] = {at % out / e.out[2] / e.out[1], at / e.out[2] % e.out[1],
                             at % e.out[2]};
        frs_pool_span s[FRS_SPATIAL];
        for (int i = 0; i < FRS_SPATIAL; i++) s[i] = frs__pool_span(t, i, e.in[i], o[i]);
        taps(&e, at, at / out * in, s, visit, a);
    }
}

/* ---- shapes */

static frs_status shape_adaptive(const frs_shape_args *a, const frs_pool_attr *t) {
    const int n = frs__spatial(a->in[0]);
    if (!n) return frs__shape_fail(a, _("input must be [batch, 1 to 3 spatial axes, channels]"));
    a->out[0] = a->in[0];
    for (int i = 0; i < n; i++) {
        a->out[0].dim[1 + i] = t->out[i];
        if (t->out[i] < 1 || a->in[0].dim[1 + i] < 1)
            return frs__shape_fail(a, _("%d outputs along spatial axis %d"), t->out[i], i);
    }
    return FRS_OK;
}

frs_status frs__pool_shape(const frs_shape_args *a) {
    const frs_pool_attr *t = a->attr;
    const frs_shape x = a->in[0];
    FRS_TRY(t->adaptive
                ? shape_adaptive(a, t)
                : frs__window_shape(a, &t->w, x.dim[x.rank > 0 ? x.rank - 1 : 0], &a->out[0]));
    int64_t most = 1;
    for (int i = 0; i < x.rank - 2; i++) {
        if (x.dim[1 + i] > INT32_MAX / 2)
            return frs__shape_fail(a, _("spatial axis %d is too long to pool"), i);
        most *= frs__pool_most(t, i, x.dim[1 + i]);
        if (most > MOST_TAPS) return frs__shape_fail(a, _("a window of too many values"));
    }
    return FRS_OK;
}

frs_status frs__pool_shape_grad(const frs_shape_args *a) {
    const frs_pool_attr *t = a->attr;
    a->out[0] = a->in[0];
    for (int i = 0; i < a->in[0].rank - 2; i++) a->out[0].dim[1 + i] = t->in[i];
    return FRS_OK;
}

frs_pool_attr frs__pool_grad_attr(const frs_grad_args *g) {
    frs_pool_attr t = *(const frs_pool_attr *)g->attr;
    const frs_shape x = frs_tensor_shape(g->in[0]);
    for (int i = 0; i < FRS_SPATIAL; i++) t.in[i] = i < x.rank - 2 ? (int32_t)x.dim[1 + i] : 1;
    return t;
}

/* ---- builders */

static frs_status attr_of(frs_builder *b, frs_tensor *x, const char *name, const frs_pool_opts *o,
                          frs_pool_attr *t) {
    const frs_window_opts w = {.kernel = o->kernel,
                               .stride = o->stride[0] ? o->stride : o->kernel,
                               .dilation = o->dilation,
                               .padding = o->padding,
                               .pad_lo = o->pad_lo,
                               .pad_hi = o->pad_hi,
                               .ceil_mode = o->ceil_mode};
    *t = (frs_pool_attr){.count_padding = o->count_padding};
    FRS_TRY(frs__window_make(b, name, frs_tensor_shape(x), &w, &t->w));
    for (int i = 0; i < frs__spatial(frs_tensor_shape(x)) && o->padding != FRS_SAME; i++)
        t->uncounted[i] =
            (int16_t)(t->w.pad_hi[i] - (o->padding == FRS_EXPLICIT ? o->pad_hi[i] : 0));
    return FRS_OK;
}

frs_tensor *frs_max_pool(frs_builder *b, frs_tensor *x, const frs_pool_opts *o) {
    frs_pool_attr t;
    return x && attr_of(b, x, "max_pool", o, &t) == FRS_OK ? frs__max_pool(b, x, &t) : NULL;
}

frs_tensor *frs_avg_pool(frs_builder *b, frs_tensor *x, const frs_pool_opts *o) {
    frs_pool_attr t;
    return x && attr_of(b, x, "avg_pool", o, &t) == FRS_OK ? frs__avg_pool(b, x, &t) : NULL;
}

frs_tensor *frs_adaptive_pool(frs_builder *b, frs_tensor *x, frs_pool_kind kind, const int *out) {
    frs_pool_attr t = {.adaptive = true};
    for (int i = 0; i < FRS_SPATIAL; i++)
        t.out[i] = i >= frs__spatial(frs_tensor_shape(x)) ? 1 : out[i] ? out[i] : out[0];
    return kind == FRS_POOL_MAX ? frs__max_pool(b, x, &t) : frs__avg_pool(b, x, &t);
}

frs_tensor *frs_global_pool(frs_builder *b, frs_tensor *x, frs_pool_kind kind) {
    frs_tensor *y = frs_adaptive_pool(b, x, kind, (const int[FRS_SPATIAL]){1, 1, 1});
    const frs_shape s = frs_tensor_shape(y);
    return y ? frs_reshape(b, y, (frs_shape){2, {s.dim[0], s.dim[s.rank - 1]}}) : NULL;
}
