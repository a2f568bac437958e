/* Convolutions and their gradients by oneDNN, channels last, cut into pieces (conv_cut.h): bits do
 * not depend on the number of threads. Weights are packed into the layout that oneDNN chooses at
 * compile; inference keeps them packed, with the normalisation behind a convolution folded in. Sums
 * and activations behind it follow each piece while it is in the cache. */
#include "kernel/cpu/epilogue.h"
#include "kernel/kernel.h"
#include "kernel/onednn/conv_cut.h"
#include "kernel/onednn/dnn.h"
#include <math.h>
#include <string.h>

typedef enum conv_way { FORWARD, DATA, WEIGHTS } conv_way; /* the result: y, x, w */
enum { X, W, Y, PAD, BIAS, N_MEMORY };
typedef struct worker {
    frs_dnn d;
    dnnl_memory_t memory[FRS_CONV_SHAPES][N_MEMORY], pack_from, pack_to;
} worker;
typedef struct conv {
    frs_ctx *ctx;
    conv_way way;
    bool bias, fold; /* fold: the bias stands behind the packed weights */
    frs_conv_attr attr;
    frs_conv_dims d;
    int64_t filters; /* cut by filters: so many in all, of which a piece has d.O; else 0 */
    frs_conv_wish wish;
    frs_conv_cut cut;
    frs_dnn dnn;
    dnnl_primitive_t piece[FRS_CONV_SHAPES], pack;
    dnnl_memory_desc_t md[FRS_CONV_SHAPES][N_MEMORY], plain, packed; /* plain, packed: weights */
    worker *workers;
    int n_workers;
    int64_t scratch; /* bytes of a worker */
    bool slow;       /* some piece has none of oneDNN's fast ways */
} conv;

/* ---- what is convolved with what */
static frs_conv_dims dims_of(const frs_kernel_shape *s, conv_way way) {
    const frs_shape *x[] = {&s->in[0], &s->out[0], &s->in[0]};
    const frs_shape *w[] = {&s->in[1], &s->in[1], &s->out[0]};
    const frs_shape *y[] = {&s->out[0], &s->in[0], &s->in[1]};
    return frs__conv_dims(s->attr, *x[way], *w[way], *y[way]);
}

static double operations(const frs_conv_dims *d) {
    double n = 2 * (double)d->O * (double)d->C / (double)d->G;
    for (int i = 0; i < FRS_SPATIAL; i++) n *= (double)d->out[i] * (double)d->k[i];
    return n;
}

static int64_t weights_of(const frs_conv_dims *d) {
    return d->O * d->C / d->G * d->k[0] * d->k[1] * d->k[2];
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

enum { FILTER_SHARE = 4 }; /* weights that are worth it: so much less than x and y */
/* About 16 pieces, or as many as leave a result that the second cache holds for what follows, each
 * worth a thread's while (a few million operations; for large weights, which each slab reads anew,
 * enough positions). The gradient by weights keeps a sum for each piece: 2 to 8, as 64 MiB hold. */
static frs_conv_wish choose_cut(const conv *c) {
    const frs_conv_dims *d = &c->d;
    const double image = operations(d);
    const int64_t positions = d->out[0] * d->out[1] * d->out[2], weights = weights_of(d);
    const int64_t result = d->B * positions * d->O * (int64_t)sizeof(float);
    int64_t wanted = c->way == FORWARD ? most(16, least(256, result >> 20)) : 16;
    if (c->way == WEIGHTS) wanted = most(2, least(8, (INT64_C(1) << 24) / most(weights, 1)));
    frs_conv_wish w = {.images = 1, .slabs = 1, .of_x = c->way == DATA};
    if (image < 4e6) w.images = least(d->B, (int64_t)(4e6 / (image + 1)) + 1);
    if (c->way == WEIGHTS) w.images = most(w.images, (d->B + wanted - 1) / wanted);
    if (w.images > 1 || d->B >= wanted) return w;
    w.slabs = least((wanted + d->B - 1) / d->B, least(d->out[0], (int64_t)(image / 2e6)));
    if (weights > 1 << 18) w.slabs = least(w.slabs, most(2, positions / 64));
    w.slabs = most(1, w.slabs);
    return w;
}

/* The gradient by large weights is cut by filters: a piece sees all positions, and nothing has to
 * be added up. Filters of a piece; 0: it is not cut so. */
static int64_t choose_filters(const conv *c) {
    const frs_conv_dims *d = &c->d;
    const int64_t in = d->in[0] * d->in[1] * d->in[2], out = d->out[0] * d->out[1] * d->out[2];
    int64_t n = 8;
    if (c->way != WEIGHTS || d->G > 1 ||
        FILTER_SHARE * weights_of(d) < d->B * (in * d->C + out * d->O))
        return 0;
    while (n > 1 && d->O % (64 * n)) n /= 2;
    return n > 1 ? d->O / n : 0;
}

/* ---- descriptions */
static void spatial(const conv *c, const int64_t *v, int64_t *dims) {
    for (int i = 0; i < c->d.n; i++) dims[2 + i] = v[i];
}

/* Shapes as oneDNN wants them, channels before the axes; the memory has them last. */
static dnnl_status_t describe_tensors(conv *c, int shape) {
    static const dnnl_format_tag_t last[] = {dnnl_nwc, dnnl_nhwc, dnnl_ndhwc};
    const frs_conv_piece *p = &c->cut.shapes[shape];
    const frs_conv_dims *d = &c->d;
    dnnl_dims_t x = {p->images, d->C}, y = {p->images, d->O};
    spatial(c, d->in, x);
    spatial(c, d->out, y);
    x[2] = p->in;
    y[2] = p->out;
    dnnl_memory_desc_t *md = c->md[shape];
    dnnl_status_t bad = dnnl_memory_desc_init_by_tag(&md[X], d->n + 2, x, dnnl_f32, last[d->n - 1]);
    if (!bad) bad = dnnl_memory_desc_init_by_tag(&md[Y], d->n + 2, y, dnnl_f32, last[d->n - 1]);
    const dnnl_dims_t bias = {d->O};
    return bad ? bad : dnnl_memory_desc_init_by_tag(&md[BIAS], 1, bias, dnnl_f32, dnnl_a);
}

/* [O, C/G, k..]; with groups oneDNN has [G, O/G, C/G, k..], the same memory. */
static dnnl_status_t describe_weights(const conv *c, dnnl_format_tag_t tag,
                                      dnnl_memory_desc_t *md) {
    static const dnnl_format_tag_t plain[][3] = {{dnnl_oiw, dnnl_oihw, dnnl_oidhw},
                                                 {dnnl_goiw, dnnl_goihw, dnnl_goidhw}};
    const bool groups = c->d.G > 1;
    dnnl_dims_t w = {c->d.O, c->d.C / c->d.G}, g = {c->d.G, c->d.O / c->d.G, c->d.C / c->d.G};
    spatial(c, c->d.k, w);
    spatial(c, c->d.k, g + 1);
    if (tag == dnnl_format_tag_undef) tag = plain[groups][c->d.n - 1];
    return dnnl_memory_desc_init_by_tag(md, c->d.n + 2 + groups, groups ? g : w, dnnl_f32, tag);
}

static dnnl_status_t describe_piece(conv *c, int shape, const_dnnl_primitive_desc_t hint,
                                    conv_way as, dnnl_primitive_desc_t *pd) {
    const frs_conv_piece *p = &c->cut.shapes[shape];
    const frs_window *w = &c->attr.window;
    dnnl_memory_desc_t *md = c->md[shape];
    dnnl_dims_t stride = {0}, dilation = {0}, lo = {0}, hi = {0};
    for (int i = 0; i < c->d.n; i++) {
        stride[i] = w->stride[i];
        dilation[i] = w->dilation[i] - 1;
        lo[i] = i ? w->pad_lo[i] : p->pad_lo;
        hi[i] = i ? w->pad_hi[i] : p->pad_hi;
    }
    dnnl_convolution_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t bad;
    if (as == FORWARD)
        bad = dnnl_dilated_convolution_forward_desc_init(
            &d, c->way == FORWARD ? dnnl_forward_inference : dnnl_forward_training,
            dnnl_convolution_direct, &md[X], &md[W], c->bias ? &md[BIAS] : NULL, &md[Y], stride,
            dilation, lo, hi);
    else if (as == DATA)
        bad = dnnl_dilated_convolution_backward_data_desc_init(
            &d, dnnl_convolution_direct, &md[X], &md[W], &md[Y], stride, dilation, lo, hi);
    else
        bad = dnnl_dilated_convolution_backward_weights_desc_init(
            &d, dnnl_convolution_direct, &md[X], &md[W], NULL, &md[Y], stride, dilation, lo, hi);
    if (!bad) bad = frs__dnn_attr(&attr);
    if (!bad) bad = dnnl_primitive_desc_create(pd, &d, attr, c->dnn.engine, hint);
    if (attr) dnnl_primitive_attr_destroy(attr);
    return bad;
}

/* The gradients want to know the convolution that they are of. */
static dnnl_status_t describe(conv *c, int shape, dnnl_primitive_desc_t *pd) {
    if (c->way == FORWARD) return describe_piece(c, shape, NULL, FORWARD, pd);
    dnnl_primitive_desc_t hint = NULL;
    const dnnl_memory_desc_t w = c->md[shape][W];
    dnnl_status_t bad = describe_weights(c, dnnl_format_tag_any, &c->md[shape][W]);
    if (!bad) bad = describe_piece(c, shape, NULL, FORWARD, &hint);
    c->md[shape][W] = w;
    if (!bad) bad = describe_piece(c, shape, hint, c->way, pd);
    if (hint) dnnl_primitive_desc_destroy(hint);
    return bad;
}

/* ---- making */
static bool is_slow(const_dnnl_primitive_desc_t pd) {
    const char *way = "";
    const dnnl_status_t bad = dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &way);
    return !bad && strncmp(way, "ref", 3) == 0;
}

static dnnl_status_t make_piece(conv *c, int shape, bool leads) {
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t bad = describe_tensors(c, shape);
    c->md[shape][W] = c->packed;
    if (!bad && leads) bad = describe_weights(c, dnnl_format_tag_any, &c->md[shape][W]);
    if (!bad) bad = describe(c, shape, &pd);
    if (bad) return bad;
    if (leads)
        c->packed = *dnnl_primitive_desc_query_md(
            pd, c->way == WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    c->md[shape][W] = c->packed;
    c->md[shape][PAD] = *dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    c->scratch = most(c->scratch, frs__dnn_scratch(pd));
    c->slow |= is_slow(pd);
    bad = dnnl_primitive_create(&c->piece[shape], pd);
    dnnl_primitive_desc_destroy(pd);
    return bad;
}

static void unmake_pieces(conv *c) {
    for (int k = 0; k < FRS_CONV_SHAPES; k++)
        if (c->piece[k]) dnnl_primitive_destroy(c->piece[k]);
    memset(c->piece, 0, sizeof c->piece);
}

/* All pieces take the weights in one layout, that which one of them leads to; where it leaves
 * another one without a fast way, the next one leads. */
static dnnl_status_t make_pieces(conv *c) {
    dnnl_status_t bad = dnnl_success;
    for (int leader = 0; leader < c->cut.n_shapes && !bad; leader++) {
        unmake_pieces(c);
        c->slow = false;
        c->scratch = 0;
        bad = make_piece(c, leader, true);
        for (int k = 0; k < c->cut.n_shapes && !bad; k++)
            if (k != leader) bad = make_piece(c, k, false);
        if (!c->slow) break;
    }
    return bad;
}

static dnnl_status_t make_pack(conv *c) {
    const bool out = c->way == WEIGHTS;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t bad = describe_weights(c, dnnl_format_tag_undef, &c->plain);
    const dnnl_memory_desc_t *from = out ? &c->packed : &c->plain,
                             *to = out ? &c->plain : &c->packed;
    if (!bad)
        bad = dnnl_reorder_primitive_desc_create(&pd, from, c->dnn.engine, to, c->dnn.engine, NULL);
    if (!bad) bad = dnnl_primitive_create(&c->pack, pd);
    if (pd) dnnl_primitive_desc_destroy(pd);
    for (int i = 0; i < c->n_workers && !bad; i++) {
        worker *w = &c->workers[i];
        bad = dnnl_memory_create(&w->pack_from, from, c->dnn.engine, DNNL_MEMORY_NONE);
        if (!bad) bad = dnnl_memory_create(&w->pack_to, to, c->dnn.engine, DNNL_MEMORY_NONE);
    }
    return bad;
}

static dnnl_status_t make_worker(conv *c, worker *w) {
    w->d.engine = c->dnn.engine;
    dnnl_status_t bad = dnnl_stream_create(&w->d.stream, c->dnn.engine, dnnl_stream_default_flags);
    for (int k = 0; k < c->cut.n_shapes; k++)
        for (int m = 0; m < N_MEMORY && !bad; m++)
            if (m != BIAS || c->bias)
                bad = dnnl_memory_create(&w->memory[k][m], &c->md[k][m], c->dnn.engine,
                                         DNNL_MEMORY_NONE);
    return bad;
}

static dnnl_status_t make(conv *c) {
    dnnl_status_t bad = make_pack(c);
    for (int i = 0; i < c->n_workers && !bad; i++) bad = make_worker(c, &c->workers[i]);
    return bad;
}

static void unmake(conv *c) {
    for (int i = 0; i < c->n_workers && c->workers; i++) {
        worker *w = &c->workers[i];
        for (int k = 0; k < FRS_CONV_SHAPES; k++)
            for (int m = 0; m < N_MEMORY; m++)
                if (w->memory[k][m]) dnnl_memory_destroy(w->memory[k][m]);
        if (w->pack_from) dnnl_memory_destroy(w->pack_from);
        if (w->pack_to) dnnl_memory_destroy(w->pack_to);
        if (w->d.stream) dnnl_stream_destroy(w->d.stream);
        *w = (worker){0};
    }
    unmake_pieces(c);
    if (c->pack) dnnl_primitive_destroy(c->pack);
    c->pack = NULL;
}

static void release(frs_ctx *ctx, void *state) {
    conv *c = state;
    if (!c) return;
    unmake(c);
    frs__dnn_close(&c->dnn);
    frs__free(ctx, c->workers);
    frs__free(ctx, c->cut.blocks);
    frs__free(ctx, c);
}

/* Whole images, or as slabs if their shapes are few. */
static frs_status cut(conv *c) {
    frs__free(c->ctx, c->cut.blocks);
    c->cut.blocks = NULL; /* counted first */
    while (!frs__conv_cut(&c->attr, &c->d, &c->wish, &c->cut)) c->wish.slabs /= 2;
    c->cut.blocks = frs__alloc(c->ctx, c->cut.n_blocks, sizeof *c->cut.blocks);
    if (!c->cut.blocks) return FRS_E_NOMEM;
    frs__conv_cut(&c->attr, &c->d, &c->wish, &c->cut);
    return FRS_OK;
}

/* One shape of piece, with all images and positions of its filters. */
static frs_status cut_by_filters(conv *c, int64_t filters) {
    c->filters = c->d.O;
    c->d.O = filters;
    c->wish = (frs_conv_wish){.images = c->d.B, .slabs = 1};
    frs__conv_cut(&c->attr, &c->d, &c->wish, &c->cut);
    c->cut.n_blocks = c->filters / filters;
    c->cut.blocks = frs__alloc(c->ctx, c->cut.n_blocks, sizeof *c->cut.blocks);
    if (!c->cut.blocks) return FRS_E_NOMEM;
    for (int64_t i = 0; i < c->cut.n_blocks; i++) c->cut.blocks[i].y = i * filters;
    return FRS_OK;
}

/* Fewer slabs where some have no fast way. */
static frs_status cut_and_make(conv *c) {
    const int64_t filters = choose_filters(c);
    dnnl_status_t bad;
    for (c->wish = choose_cut(c);; c->wish.slabs /= 2) {
        FRS_TRY(filters ? cut_by_filters(c, filters) : cut(c));
        bad = make_pieces(c);
        if (bad || !c->slow || c->wish.slabs <= 1) break;
    }
    if (!bad) bad = make(c);
    return bad ? frs__dnn_fail(c->ctx, bad, _("a convolution")) : FRS_OK;
}

static bool has(const frs_kernel_shape *s, int input) {
    return s->n_in > input && s->in[input].rank >= 0;
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, conv_way way, void **state) {
    conv *c = frs__alloc(ctx, 1, sizeof *c);
    if (!c) return FRS_E_NOMEM;
    memcpy(&c->attr, s->attr, sizeof c->attr);
    c->ctx = ctx;
    c->way = way;
    c->d = dims_of(s, way);
    c->fold = way == FORWARD && has(s, FRS_CONV_VAR);
    c->bias = c->fold || (way == FORWARD && has(s, FRS_CONV_BIAS));
    c->n_workers = frs_ctx_threads(ctx);
    c->workers = frs__alloc(ctx, c->n_workers, sizeof *c->workers);
    frs_status status = c->workers ? FRS_OK : FRS_E_NOMEM;
    if (status == FRS_OK) {
        const int threads = frs__dnn_begin();
        const dnnl_status_t bad = frs__dnn_open(&c->dnn, s->isa);
        status = bad ? frs__dnn_fail(ctx, bad, _("a convolution")) : cut_and_make(c);
        frs__dnn_end(threads);
    }
    if (status != FRS_OK) {
        release(ctx, c);
        return status;
    }
    *state = c;
    return FRS_OK;
}

/* ---- running. Scratch: each worker's; then, of the gradient by weights, each piece's sum. Cut by
 * filters, a worker has its own of y and of the sum, too. */
static int64_t packed_bytes(const conv *c) {
    return ((int64_t)dnnl_memory_desc_get_size(&c->packed) + 63) & ~INT64_C(63);
}

static int64_t slice_bytes(const conv *c) {
    const frs_conv_dims *d = &c->d;
    const int64_t n = c->filters ? d->B * d->out[0] * d->out[1] * d->out[2] * d->O : 0;
    return (n * (int64_t)sizeof(float) + 63) & ~INT64_C(63);
}

static int64_t worker_bytes(const conv *c) {
    return c->scratch + (c->filters ? slice_bytes(c) + packed_bytes(c) : 0);
}

static frs_kernel_room room(const void *state) {
    const conv *c = state;
    frs_kernel_room r = {.scratch = (size_t)(worker_bytes(c) * c->n_workers)};
    if (c->way == WEIGHTS && !c->filters)
        r.scratch += (size_t)(packed_bytes(c) * c->cut.n_blocks);
    else if (c->way != WEIGHTS)
        r.kept = (size_t)packed_bytes(c);
    if (!c->fold) return r;
    r.kept += (size_t)c->d.O * sizeof(float);
    const size_t plain = (size_t)weights_of(&c->d) * sizeof(float);
    if (r.scratch < plain) r.scratch = plain;
    return r;
}

static void pack(const conv *c, const worker *w, const void *from, void *to) {
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, w->pack_from}, {DNNL_ARG_TO, w->pack_to}};
    dnnl_memory_set_data_handle(w->pack_from, (void *)(uintptr_t)from);
    dnnl_memory_set_data_handle(w->pack_to, to);
    const int threads = frs__dnn_begin();
    frs__dnn_execute(&w->d, c->pack, args, 2);
    frs__dnn_end(threads);
}

static float *folded_bias(const conv *c, const frs_kernel_args *a) {
    return (float *)(void *)((char *)a->kept + packed_bytes(c));
}

/* gamma (w x + b - mean) / sqrt(var + eps) + beta as a convolution: in scratch its weights. */
static void fold(const conv *c, const frs_kernel_args *a) {
    const int64_t n = weights_of(&c->d) / c->d.O;
    const float *bias = a->in[FRS_CONV_BIAS];
    float *w = a->scratch, *shift = folded_bias(c, a);
    for (int64_t m = 0; m < c->d.O; m++) {
        const double s = (double)a->in[FRS_CONV_GAMMA][m] /
                         sqrt((double)a->in[FRS_CONV_VAR][m] + (double)c->attr.eps);
        const double from = bias ? (double)bias[m] : 0;
        shift[m] =
            (float)((from - (double)a->in[FRS_CONV_MEAN][m]) * s + (double)a->in[FRS_CONV_BETA][m]);
        for (int64_t i = m * n; i < (m + 1) * n; i++)
            w[i] = (float)(s * (double)a->in[FRS_CONV_W][i]);
    }
}

static void keep(const frs_kernel_args *a) {
    const conv *c = a->state;
    if (c->fold) fold(c, a);
    pack(c, c->workers, c->fold ? a->scratch : a->in[FRS_CONV_W], a->kept);
}

/* What follows the convolution, on the piece of y that was just made. */
static void follow(const conv *c, const frs_kernel_args *a, const frs_conv_block *at) {
    const frs_conv_piece *p = &c->cut.shapes[at->shape];
    const frs_epilogue e = {frs__then(c->attr.then), a->isa};
    const float *add = a->n_in > FRS_CONV_ADD ? a->in[FRS_CONV_ADD] : NULL;
    frs__epilogue(&e, a->out[0] + at->y, add ? add + at->y : NULL,
                  p->images * p->out * c->d.out[1] * c->d.out[2] * c->d.O);
}

/* data: X, W, Y, PAD, BIAS */
static void execute(const conv *c, worker *w, int shape, const void *const *data) {
    static const int names[][N_MEMORY] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD, DNNL_ARG_BIAS},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_SCRATCHPAD, 0},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, DNNL_ARG_SCRATCHPAD, 0}};
    dnnl_exec_arg_t args[N_MEMORY];
    for (int m = 0; m < N_MEMORY - !c->bias; m++) {
        args[m] = (dnnl_exec_arg_t){names[c->way][m], w->memory[shape][m]};
        dnnl_memory_set_data_handle(args[m].memory, (void *)(uintptr_t)data[m]);
    }
    const int threads = frs__dnn_begin();
    frs__dnn_execute(&w->d, c->piece[shape], args, N_MEMORY - !c->bias);
    frs__dnn_end(threads);
}

static void run_piece(void *arg, int64_t block, int number) {
    const frs_kernel_args *a = arg;
    const conv *c = a->state;
    const frs_conv_block *at = &c->cut.blocks[block];
    char *scratch = a->scratch, *sums = scratch + c->scratch * c->n_workers;
    const float *x = c->way == DATA ? a->out[0] : a->in[0];
    const float *y = c->way == FORWARD ? a->out[0] : a->in[c->way == WEIGHTS];
    const void *data[N_MEMORY] = {x + at->x,
                                  c->way == WEIGHTS ? sums + packed_bytes(c) * block : a->kept,
                                  y + at->y, scratch + c->scratch * number, NULL};
    if (c->bias) data[BIAS] = c->fold ? folded_bias(c, a) : a->in[FRS_CONV_BIAS];
    execute(c, &c->workers[number], at->shape, data);
    if (c->way == FORWARD) follow(c, a, at);
}

/* The gradient by the weights of some filters, whose outputs are brought together first. */
static void run_filters(void *arg, int64_t block, int number) {
    const frs_kernel_args *a = arg;
    const conv *c = a->state;
    const int64_t first = c->cut.blocks[block].y, n = c->d.O;
    char *scratch = (char *)a->scratch + worker_bytes(c) * number;
    float *y = (float *)(void *)(scratch + c->scratch);
    void *packed = scratch + c->scratch + slice_bytes(c);
    for (int64_t i = 0; i < c->d.B * c->d.out[0] * c->d.out[1] * c->d.out[2]; i++)
        memcpy(y + i * n, a->in[1] + i * c->filters + first, (size_t)n * sizeof *y);
    execute(c, &c->workers[number], 0, (const void *[N_MEMORY]){a->in[0], packed, y, scratch});
    pack(c, &c->workers[number], packed, a->out[0] + first * (weights_of(&c->d) / n));
}

static void run(const frs_kernel_args *a) {
    const conv *c = a->state;
    frs__parallel(a->ctx, c->cut.n_blocks, c->filters ? run_filters : run_piece,
                  (void *)(uintptr_t)a);
}

enum { STRETCH = 1 << 14 }; /* elements that a body adds up */
static void add_pieces(void *arg, int64_t block, int number) {
    (void)number;
    const frs_kernel_args *a = arg;
    const conv *c = a->state;
    const int64_t n = packed_bytes(c) / (int64_t)sizeof(float);
    float *sum = (float *)((char *)a->scratch + c->scratch * c->n_workers);
    const int64_t first = block * STRETCH, last = least(n, first + STRETCH);
    for (int64_t k = 1; k < c->cut.n_blocks; k++)
        for (int64_t i = first; i < last; i++) sum[i] += sum[k * n + i];
}

static void run_weights(const frs_kernel_args *a) {
    const conv *c = a->state;
    const int64_t n = packed_bytes(c) / (int64_t)sizeof(float);
    run(a);
    if (c->filters) return;
    if (c->cut.n_blocks > 1)
        frs__parallel(a->ctx, (n + STRETCH - 1) / STRETCH, add_pieces, (void *)(uintptr_t)a);
    pack(c, c->workers, (char *)a->scratch + c->scratch * c->n_workers, a->out[0]);
}

/* ---- the kernels */
static bool fits(const frs_kernel_shape *s, conv_way way) {
    const frs_conv_dims d = dims_of(s, way);
    return d.B > 0 && d.C > 0 && d.O > 0;
}
static bool fits_forward(const frs_kernel_shape *s) {
    return fits(s, FORWARD);
}
static bool fits_data(const frs_kernel_shape *s) {
    return fits(s, DATA);
}
static bool fits_weights(const frs_kernel_shape *s) {
    return fits(s, WEIGHTS);
}
static frs_status prepare_forward(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    return prepare(ctx, s, FORWARD, state);
}
static frs_status prepare_data(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    return prepare(ctx, s, DATA, state);
}
static frs_status prepare_weights(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    return prepare(ctx, s, WEIGHTS, state);
}

const frs_kernel frs__conv_onednn = {.op = "conv",
                                     .backend = "onednn",
                                     .name = "conv",
                                     .fits = fits_forward,
                                     .prepare = prepare_forward,
                                     .release = release,
                                     .room = room,
                                     .keep = keep,
                                     .kept_in = ((1U << FRS_CONV_N_IN) - 1) & ~(1U << FRS_CONV_X) &
                                                ~(1U << FRS_CONV_ADD),
                                     .run = run};
const frs_kernel frs__conv_data_onednn = {.op = "conv_data",
                                          .backend = "onednn",
                                          .name = "conv_data",
                                          .fits = fits_data,
                                          .prepare = prepare_data,
                                          .release = release,
                                          .room = room,
                                          .keep = keep,
                                          .kept_in = 1U << 1,
                                          .run = run};
const frs_kernel frs__conv_weights_onednn = {.op = "conv_weights",
                                             .backend = "onednn",
                                             .name = "conv_weights",
                                             .fits = fits_weights,
                                             .prepare = prepare_weights,
                                             .release = release,
                                             .room = room,
                                             .run = run_weights};
