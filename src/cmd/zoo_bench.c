/* zoo bench: what each net costs on this machine. Time is the median of runs of a plan that has run
 * before; memory the most that was in use at a time through a context of its own: weights, packed
 * weights, the plan's arena. */
#include "cmd/zoo.h"
#include "freshet/zoo.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 25, LEAST_RUNS = 3, HEAD = 64 };
static const double long_enough_s = 1.5; /* of all runs; then LEAST_RUNS do */

/* ---- a heap that knows how much of it is in use */
typedef struct heap {
    int64_t now, most;
} heap;

/* The size stands before the block. */
static void *heap_alloc(void *user, size_t size, size_t align) {
    heap *h = user;
    const size_t head = align > HEAD ? align : HEAD;
    if (size > SIZE_MAX - 2 * head) return NULL;
    char *p = aligned_alloc(head, (head + size + head - 1) / head * head);
    if (!p) return NULL;
    ((size_t *)(void *)(p + head))[-1] = size;
    ((size_t *)(void *)(p + head))[-2] = head;
    const int64_t now = __atomic_add_fetch(&h->now, (int64_t)size, __ATOMIC_RELAXED);
    if (now > h->most) h->most = now;
    return p + head;
}

static void heap_free(void *user, void *block) {
    heap *h = user;
    if (!block) return;
    __atomic_sub_fetch(&h->now, (int64_t)((size_t *)block)[-1], __ATOMIC_RELAXED);
    free((char *)block - ((size_t *)block)[-2]);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static frs_status time_plan(frs_plan *plan, double *seconds) {
    double took[RUNS], all = 0;
    float *x;
    int64_t n;
    int runs = 0;
    FRS_TRY(frs_plan_input(plan, "x", &x, &n));
    for (int64_t i = 0; i < n; i++) x[i] = (float)(i % 251) / 251;
    FRS_TRY(frs_plan_run(plan, 0));
    while (runs < RUNS && (runs < LEAST_RUNS || all < long_enough_s)) {
        if (cmd_interrupted(NULL)) return FRS_E_CANCELLED;
        const double begin = frs__now_s();
        FRS_TRY(frs_plan_run(plan, 0));
        all += took[runs++] = frs__now_s() - begin;
    }
    qsort(took, (size_t)runs, sizeof *took, ascending);
    *seconds = took[runs / 2];
    return FRS_OK;
}

static frs_status measure_in(frs_ctx *ctx, zoo_cost *cost, int batch) {
    const int64_t images = batch ? ZOO_LARGE : 1;
    const frs_zoo_opts o = {.height = cost->side, .width = cost->side};
    frs_net *net = NULL;
    frs_plan *plan;
    FRS_TRY(frs_zoo_new(ctx, cost->name, &o, &net));
    frs_status s = frs_net_count(net, "", &cost->parameters);
    if (s == FRS_OK)
        s = frs_model_compile(frs_net_model(net), FRS_INFER, (frs_dims){images, 1}, &plan);
    if (s == FRS_OK) s = time_plan(plan, &cost->seconds[batch]);
    if (s == FRS_OK) cost->seconds[batch] /= (double)images;
    if (s == FRS_OK) cost->operations = frs_plan_operations(plan, "") / (double)images;
    frs_net_free(net);
    return s;
}

/* Its own context, so that nothing else counts. */
static frs_status measure(cmd *c, zoo_cost *cost, int batch) {
    heap h = {0};
    const frs_ctx_opts o = {.allocator = {heap_alloc, heap_free, &h},
                            .threads = frs_ctx_threads(c->ctx),
                            .isa = frs_ctx_isa(c->ctx),
                            .cancelled = cmd_interrupted};
    frs_ctx *own = NULL;
    FRS_TRY(frs_ctx_new(&o, &own));
    frs_status s = measure_in(own, cost, batch);
    if (s == FRS_E_CANCELLED)
        frs__fail(c->ctx, s, _("interrupted"));
    else if (s != FRS_OK)
        frs__fail(c->ctx, s, "%s", frs_message(own));
    cost->bytes[batch] = (double)h.most;
    frs_ctx_free(own);
    return s;
}

/* ---- what is told */
static const char *const keys[] = {"name", "side",  "parameters", "operations",
                                   "mb_1", "mb_16", "ms_image_1", "ms_image_16"};

static void cells_of(const zoo_cost *cost, char cells[8][40]) {
    snprintf(cells[0], 40, "%s", cost->name);
    snprintf(cells[1], 40, "%lld", (long long)cost->side);
    snprintf(cells[2], 40, "%lld", (long long)cost->parameters);
    snprintf(cells[3], 40, "%.0f", cost->operations);
    for (int k = 0; k < ZOO_BATCHES; k++) {
        snprintf(cells[4 + k], 40, "%.1f", cost->bytes[k] * 1e-6);
        snprintf(cells[6 + k], 40, "%.3g", cost->seconds[k] * 1e3);
    }
}

static frs_status print(cmd *c, const zoo_cost *costs, int64_t n) {
    const char *titles[] = {_("Name"),        _("Side"),   _("Parameters"),  _("Operations"),
                            _("MB, 1 image"), _("MB, 16"), _("ms, 1 image"), _("ms an image, 16")};
    term_table tab = {.memory = {.ctx = c->ctx}, .name = "cost", .n_columns = 8};
    for (int k = 0; k < 8; k++) tab.columns[k] = (term_column){keys[k], titles[k], k > 0};
    for (int64_t i = 0; i < n; i++) {
        char cells[8][40];
        const char *row[8];
        cells_of(&costs[i], cells);
        for (int k = 0; k < 8; k++) row[k] = cells[k];
        term_row(&tab, row);
    }
    return term_table_print(&c->t, &tab, c->o->csv);
}

static frs_status write_csv(cmd *c, const char *folder, const zoo_cost *costs, int64_t n) {
    frs_buf b = {.ctx = c->ctx};
    char *path = frs__path_join(c->ctx, folder, "bench.csv");
    for (int k = 0; k < 8; k++) frs__buf_printf(&b, "%s%s", k ? "," : "", keys[k]);
    frs__buf_add(&b, "\n");
    for (int64_t i = 0; i < n; i++) {
        char cells[8][40];
        cells_of(&costs[i], cells);
        for (int k = 0; k < 8; k++) frs__buf_printf(&b, "%s%s", k ? "," : "", cells[k]);
        frs__buf_add(&b, "\n");
    }
    frs_status s = path ? frs__buf_status(&b) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_file(c->ctx, path, b.data, b.n);
    frs__buf_free(&b);
    frs__free(c->ctx, path);
    return s;
}

static frs_status write_folder(cmd *c, const zoo_cost *costs, int64_t n) {
    const char *out = c->o->out;
    if (!out) return FRS_OK;
    FRS_TRY(frs__mkdirs(c->ctx, out));
    FRS_TRY(write_csv(c, out, costs, n));
    FRS_TRY(cmd_zoo_figure(c, out, costs, n));
    const term_fact facts[] = {{"path", _("To"), out}};
    term_facts(&c->t, "done", facts, 1);
    return FRS_OK;
}

static frs_status measure_all(cmd *c, zoo_cost *costs, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < ZOO_BATCHES; k++) {
            frs__progress(c->ctx, &(frs_progress_info){.stage = costs[i].name,
                                                       .done = i * ZOO_BATCHES + k,
                                                       .total = n * ZOO_BATCHES,
                                                       .value = (double)NAN,
                                                       .eta_s = (double)NAN});
            FRS_TRY(measure(c, &costs[i], k));
        }
    return FRS_OK;
}

/* A name that is not there is told before anything is measured. */
static frs_status choose(cmd *c, const char *const *names, int64_t n, zoo_cost *costs) {
    for (int64_t i = 0; i < n; i++) {
        const frs_zoo_net *z = names ? frs_zoo_find(names[i]) : frs_zoo_list(i);
        frs_net *none = NULL;
        if (!z) return frs_zoo_new(c->ctx, names[i], NULL, &none);
        costs[i] = (zoo_cost){.name = z->name,
                              .side = c->o->size > 0  ? c->o->size
                                      : z->bench_side ? z->bench_side
                                                      : z->input.dim[0]};
    }
    return FRS_OK;
}

frs_status cmd_zoo_bench(cmd *c, const char *const *names, int64_t n) {
    if (n == 0)
        for (names = NULL; frs_zoo_list(n);) n++;
    zoo_cost *costs = frs__alloc(c->ctx, n, sizeof *costs);
    if (!costs) return FRS_E_NOMEM;
    frs_status s = choose(c, names, n, costs);
    if (s == FRS_OK) s = measure_all(c, costs, n);
    if (s == FRS_OK) s = print(c, costs, n);
    if (s == FRS_OK) s = write_folder(c, costs, n);
    frs__free(c->ctx, costs);
    return s;
}
