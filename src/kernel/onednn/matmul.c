/* Matrix products by oneDNN, primitives made at compile only, scratchpads in our arena. A primitive
 * runs on one thread; a batch of products, or the rows or columns of a large one, are shared out
 * among our threads. How a product is cut depends on the shapes alone, and so do its bits. */
#include "op/matmul.h"
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/epilogue.h"
#include "kernel/onednn/dnn.h"

enum { LARGE = 1 << 23, PIECE = 1 << 21, MOST_PIECES = 16 }; /* multiplications; pieces */
enum { X, Y, Z, PAD, MEMORIES };

/* A product in pieces of `width` rows or columns, the last one narrower. */
typedef struct cut {
    bool rows;
    int64_t width, pieces;
} cut;

typedef struct product {
    frs_dnn dnn;
    frs_matmul_dims d;
    cut cut;
    dnnl_primitive_t primitive[2]; /* of a piece of the full width; of the last one */
    int64_t scratch;               /* bytes a thread */
    int threads;
    dnnl_memory_t memory[][2][MEMORIES]; /* of a thread, for either primitive */
} product;

static bool fits(const frs_kernel_shape *s) {
    return frs_shape_count(s->out[0]) > 0 && frs_shape_count(s->in[0]) > 0;
}

static cut cut_of(const frs_matmul_dims *d) {
    const int64_t work = d->M * d->N * d->K;
    cut c = {.rows = d->M >= d->N, .pieces = 1};
    const int64_t total = c.rows ? d->M : d->N, step = c.rows ? 16 : 64; /* a kernel's own tiles */
    c.width = total;
    if (work < LARGE) return c;
    const int64_t wanted = work / PIECE < MOST_PIECES ? work / PIECE : MOST_PIECES;
    c.width = (total / wanted + step - 1) / step * step;
    if (c.width == 0) c.width = step;
    if (c.width > total) c.width = total;
    c.pieces = (total + c.width - 1) / c.width;
    return c;
}

/* Rows or columns of the last piece. */
static int64_t last_width(const frs_matmul_dims *d, const cut *c) {
    return (c->rows ? d->M : d->N) - (c->pieces - 1) * c->width;
}

static int kinds_of(const frs_matmul_dims *d, const cut *c) {
    return last_width(d, c) != c->width ? 2 : 1;
}

/* A row-major matrix, or its transpose: `far` elements from row to row as it lies in memory. */
static dnnl_status_t matrix(dnnl_dim_t rows, dnnl_dim_t columns, bool transposed, dnnl_dim_t far,
                            dnnl_memory_desc_t *md) {
    const dnnl_dims_t dims = {rows, columns};
    const dnnl_dims_t strides = {transposed ? 1 : far, transposed ? far : 1};
    return dnnl_memory_desc_init_by_strides(md, 2, dims, dnnl_f32, strides);
}

static dnnl_status_t describe(const product *p, const frs_matmul_attr *t, int kind,
                              dnnl_primitive_desc_t *pd, dnnl_memory_desc_t md[3]) {
    const frs_matmul_dims *d = &p->d;
    const int64_t width = kind ? last_width(d, &p->cut) : p->cut.width;
    const int64_t M = p->cut.rows ? width : d->M, N = p->cut.rows ? d->N : width;
    dnnl_matmul_desc_t op;
    dnnl_primitive_attr_t attr;
    dnnl_status_t bad = matrix(M, d->K, t->trans_x, t->trans_x ? d->M : d->K, &md[X]);
    if (!bad) bad = matrix(d->K, N, t->trans_y, t->trans_y ? d->K : d->N, &md[Y]);
    if (!bad) bad = matrix(M, N, false, d->N, &md[Z]);
    if (!bad) bad = dnnl_matmul_desc_init(&op, &md[X], &md[Y], NULL, &md[Z]);
    if (bad) return bad;
    bad = frs__dnn_attr(&attr);
    if (!bad) bad = dnnl_primitive_desc_create(pd, &op, attr, p->dnn.engine, NULL);
    dnnl_primitive_attr_destroy(attr);
    return bad;
}

static dnnl_status_t create(product *p, const frs_matmul_attr *t, int kind) {
    dnnl_memory_desc_t md[3];
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t bad = describe(p, t, kind, &pd, md);
    if (bad) return bad;
    const int64_t bytes = frs__dnn_scratch(pd);
    if (bytes > p->scratch) p->scratch = bytes;
    const dnnl_memory_desc_t *pad = dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0);
    for (int w = 0; w < p->threads; w++)
        for (int i = 0; i < MEMORIES && !bad; i++)
            bad = dnnl_memory_create(&p->memory[w][kind][i], i == PAD ? pad : &md[i], p->dnn.engine,
                                     DNNL_MEMORY_NONE);
    if (!bad) bad = dnnl_primitive_create(&p->primitive[kind], pd);
    dnnl_primitive_desc_destroy(pd);
    return bad;
}

static void release(frs_ctx *ctx, void *state) {
    product *p = state;
    if (!p) return;
    for (int w = 0; w < p->threads; w++)
        for (int i = 0; i < 2 * MEMORIES; i++) {
            dnnl_memory_t m = p->memory[w][i / MEMORIES][i % MEMORIES];
            if (m) dnnl_memory_destroy(m);
        }
    for (int k = 0; k < 2; k++)
        if (p->primitive[k]) dnnl_primitive_destroy(p->primitive[k]);
    frs__dnn_close(&p->dnn);
    frs__free(ctx, p);
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    const int threads = frs_ctx_threads(ctx);
    product *p =
        frs__alloc(ctx, 1, sizeof *p + (size_t)threads * 2 * MEMORIES * sizeof(dnnl_memory_t));
    if (!p) return FRS_E_NOMEM;
    p->d = frs__matmul_dims(s->attr, s->in, s->out);
    p->cut = cut_of(&p->d);
    p->threads = threads;
    dnnl_status_t bad = frs__dnn_open(&p->dnn, s->isa);
    const int before = frs__dnn_begin();
    for (int k = 0; k < kinds_of(&p->d, &p->cut) && !bad; k++) bad = create(p, s->attr, k);
    frs__dnn_end(before);
    if (bad) {
        release(ctx, p);
        return frs__dnn_fail(ctx, bad, _("a matrix product"));
    }
    *state = p;
    return FRS_OK;
}

static frs_kernel_room room(const void *state) {
    const product *p = state;
    return (frs_kernel_room){.scratch = (size_t)p->scratch * (size_t)p->threads};
}

typedef struct job {
    const frs_kernel_args *a;
    frs_blocks blocks;
} job;

static void one_piece(const frs_kernel_args *a, int64_t item, int worker) {
    const product *p = a->state;
    const frs_matmul_attr *t = a->attr;
    const frs_matmul_dims *d = &p->d;
    const int64_t i = item / p->cut.pieces, piece = item % p->cut.pieces;
    const int kind = piece == p->cut.pieces - 1 && p->primitive[1];
    const int64_t row = p->cut.rows ? piece * p->cut.width : 0;
    const int64_t column = p->cut.rows ? 0 : piece * p->cut.width;
    const float *x = a->in[0] + frs__matmul_x(d, i) + row * (t->trans_x ? 1 : d->K);
    const float *y = a->in[1] + frs__matmul_y(d, i) + column * (t->trans_y ? d->K : 1);
    float *z = a->out[0] + i * d->M * d->N + row * d->N + column;
    void *const data[MEMORIES] = {(void *)(uintptr_t)x, (void *)(uintptr_t)y, z,
                                  (char *)a->scratch + worker * p->scratch};
    const dnnl_memory_t *m = p->memory[worker][kind];
    for (int k = 0; k < MEMORIES; k++) dnnl_memory_set_data_handle(m[k], data[k]);
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, m[X]},
                                    {DNNL_ARG_WEIGHTS, m[Y]},
                                    {DNNL_ARG_DST, m[Z]},
                                    {DNNL_ARG_SCRATCHPAD, m[PAD]}};
    frs__dnn_execute(&p->dnn, p->primitive[kind], args, FRS_LEN(args));
    const frs_epilogue e = {frs__then(t->then), a->isa};
    const float *bias = a->n_in > 2 && a->in[2] ? a->in[2] + column : NULL;
    const int64_t width = kind ? last_width(d, &p->cut) : p->cut.width;
    const int64_t M = p->cut.rows ? width : d->M, N = p->cut.rows ? d->N : width;
    if (!bias && M * N > 0 && N == d->N)
        frs__epilogue(&e, z, NULL, M * N);
    else
        for (int64_t k = 0; k < M; k++) frs__epilogue(&e, z + k * d->N, bias, N);
}

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    const int before = frs__dnn_begin();
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) one_piece(j->a, i, worker);
    frs__dnn_end(before);
}

static void run(const frs_kernel_args *a) {
    const product *p = a->state;
    const int64_t items = p->d.count * p->cut.pieces;
    job j = {a, frs__blocks(items, p->d.M * p->d.N * p->d.K / p->cut.pieces / 16)};
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

const frs_kernel frs__matmul_onednn = {.op = "matmul",
                                       .backend = "onednn",
                                       .name = "matmul",
                                       .fits = fits,
                                       .room = room,
                                       .prepare = prepare,
                                       .release = release,
                                       .run = run};
