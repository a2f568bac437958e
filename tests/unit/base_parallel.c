/* Every block runs once whatever the number of threads; workers are in range; nesting runs inline.
 */
#include "support.h"

#include <stdatomic.h>

enum { BLOCKS = 1000, ROUNDS = 200 };

typedef struct probe {
    frs_ctx *ctx;
    int threads;
    atomic_int count[BLOCKS], bad_worker, busy[8];
} probe;

static void touch(void *arg, int64_t block, int worker) {
    probe *p = arg;
    if (worker < 0 || worker >= p->threads || atomic_fetch_add(&p->busy[worker], 1) != 0)
        atomic_fetch_add(&p->bad_worker, 1);
    atomic_fetch_add(&p->count[block], 1);
    atomic_fetch_sub(&p->busy[worker], 1);
}

static void every_block_once(void **state) {
    (void)state;
    static const int threads[] = {1, 2, 3, 7};
    static const int64_t blocks[] = {0, 1, 2, 3, 5, 64, BLOCKS};
    for (int t = 0; t < FRS_LEN(threads); t++) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, threads[t]);
        int64_t allocs = frs_ctx_alloc_count(ctx);
        for (int b = 0; b < FRS_LEN(blocks); b++) {
            probe p = {.ctx = ctx, .threads = threads[t]};
            for (int round = 0; round < ROUNDS; round++) frs__parallel(ctx, blocks[b], touch, &p);
            assert_int_equal(p.bad_worker, 0);
            for (int i = 0; i < BLOCKS; i++)
                assert_int_equal(p.count[i], i < blocks[b] ? ROUNDS : 0);
        }
        assert_int_equal(frs_ctx_alloc_count(ctx), allocs); /* a job allocates nothing */
        test_ctx_free(ctx, &h);
    }
}

typedef struct nest {
    probe inner;
    int outer_worker[16];
    atomic_int wrong;
} nest;

typedef struct inner_arg {
    nest *n;
    int worker;
} inner_arg;

static void inner(void *arg, int64_t block, int worker) {
    inner_arg *a = arg;
    if (worker != a->worker) atomic_fetch_add(&a->n->wrong, 1); /* scratch is still this worker's */
    atomic_fetch_add(&a->n->inner.count[block], 1);
}

static void outer(void *arg, int64_t block, int worker) {
    (void)block;
    nest *n = arg;
    frs__parallel(n->inner.ctx, 50, inner, &(inner_arg){n, worker});
}

static void nested_runs_inline(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 3);
    nest n = {.inner = {.ctx = ctx, .threads = 3}};
    for (int round = 0; round < 20; round++) frs__parallel(ctx, 16, outer, &n);
    assert_int_equal(n.wrong, 0);
    for (int i = 0; i < 50; i++) assert_int_equal(n.inner.count[i], 320);
    test_ctx_free(ctx, &h);
}

typedef struct sums {
    const double *x;
    double *part;
} sums;

static void add_up(void *arg, int64_t block, int worker) {
    (void)worker;
    const sums *s = arg;
    double v = 0;
    for (int i = 0; i < 1000; i++) v += s->x[block * 1000 + i];
    s->part[block] = v;
}

/* Plain data written by one worker is seen by the caller: the thread sanitizer watches this one. */
static void same_bits(void **state) {
    (void)state;
    enum { N = 40 };
    static double x[N * 1000], part[2][N];
    frs_rng r = {.seed = test_seed(), .purpose = FRS_RNG_TEST};
    for (uint64_t i = 0; i < N * 1000; i++) x[i] = frs__rng_normal(r, i);
    for (int k = 0; k < 2; k++) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, k ? 7 : 1);
        for (int round = 0; round < 50; round++) {
            memset(part[k], 0, sizeof part[k]);
            frs__parallel(ctx, N, add_up, &(sums){x, part[k]});
        }
        test_ctx_free(ctx, &h);
    }
    assert_memory_equal(part[0], part[1], sizeof part[0]);
}

/* Contexts come and go with their threads; one that never worked has none to stop. */
static void come_and_go(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, 4);
        probe p = {.ctx = ctx, .threads = 4};
        if (i % 2) frs__parallel(ctx, 8, touch, &p);
        test_ctx_free(ctx, &h);
    }
}

/* In every thread products too small for a normal float are 0, and the caller's own setting comes
 * back. */
static void small_product(void *arg, int64_t block, int worker) {
    (void)worker;
    volatile float small = 1e-30F;
    ((float *)arg)[block] = small * small;
    volatile float subnormal = 1e-39F;
    ((float *)arg)[block] += subnormal * 1e10F;
}

static void tiny_numbers_are_zero(void **state) {
    (void)state;
    for (int threads = 1; threads <= 3; threads += 2) {
        float got[64];
        frs_ctx *ctx = NULL;
        assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = threads}, &ctx), FRS_OK);
        for (int i = 0; i < 64; i++) got[i] = 1;
        frs__parallel(ctx, 64, small_product, got);
#ifdef FRS_X86
        for (int i = 0; i < 64; i++) assert_true(got[i] == 0);
#endif
        volatile float subnormal = 1e-39F;
        assert_true(subnormal * 1e10F > 0);
        frs_ctx_free(ctx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_once),
        cmocka_unit_test(nested_runs_inline),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(come_and_go),
        cmocka_unit_test(tiny_numbers_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
