/* PyTorch's state_dicts into nets and back. Our parameters have the names and layouts of torch.nn's
 * layer by layer; what is left to do is to find which layer is which, and the order of flattened
 * images. */
#include "exchange/match.h"
#include "exchange/pt.h"
#include <string.h>

/* "conv1.weight" as "conv1" and "weight". */
static frs_status split(frs_arena *memory, const frs__pt_tensor *t, frs__given *to) {
    char *group = frs__arena_strdup(memory, t->name);
    if (!group) return FRS_E_NOMEM;
    char *point = strrchr(group, '.');
    *to = (frs__given){.key = t->name,
                       .group = point ? group : "",
                       .leaf = point ? point + 1 : group,
                       .rank = t->rank,
                       .n = t->n,
                       .values = t->values};
    _Static_assert(sizeof to->dim == sizeof t->dim, "the same ranks");
    memcpy(to->dim, t->dim, sizeof to->dim);
    if (point) *point = 0;
    return FRS_OK;
}

static frs_status take(frs_net *net, frs__pt *pt, const char *path, const frs_weights_opts *o) {
    frs__given *given = frs__arena_alloc(&pt->memory, pt->n, sizeof *given);
    if (!given) return FRS_E_NOMEM;
    for (int64_t i = 0; i < pt->n; i++) FRS_TRY(split(&pt->memory, &pt->tensors[i], &given[i]));
    const frs__file_weights f = {
        .path = path, .given = given, .n = pt->n, .columns_turned = !o->keep_columns};
    return frs__weights_take(net, &f, o->partial);
}

frs_status frs_net_load_pytorch(frs_net *net, const char *path, const frs_weights_opts *o) {
    static const frs_weights_opts none = {0};
    frs__pt pt;
    FRS_TRY(frs__pt_read(net->ctx, path, &pt));
    const frs_status s = take(net, &pt, path, o ? o : &none);
    frs__pt_free(&pt);
    return s;
}

/* ---- writing */

/* Element order[k] of the last axis there is ours k. */
static frs_status turned(frs_arena *memory, const int64_t *order, frs__pt_tensor *t) {
    const int64_t last = t->dim[t->rank - 1];
    float *to = frs__arena_alloc(memory, t->n, sizeof *to);
    if (!to) return FRS_E_NOMEM;
    for (int64_t i = 0; i < t->n; i++) to[i / last * last + order[i % last]] = t->values[i];
    t->values = to;
    return FRS_OK;
}

static frs_status write(frs_arena *memory, frs_net *net, const char *path, bool keep_columns) {
    const int64_t n = frs_model_n_params(net->model);
    const float *weights = frs_model_weights_get(net->model);
    frs__orders orders;
    FRS_TRY(frs__orders_find(memory, net, &orders));
    frs__pt_tensor *t = frs__arena_alloc(memory, n, sizeof *t);
    if (!t) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const frs_param_info p = frs_model_param(net->model, i);
        const int64_t *order = keep_columns ? NULL : frs__orders_of(&orders, p.name);
        t[i] = (frs__pt_tensor){.name = p.name,
                                .rank = p.shape.rank,
                                .n = frs_shape_count(p.shape),
                                .values = weights + p.offset};
        for (int k = 0; k < p.shape.rank; k++) t[i].dim[k] = p.shape.dim[k];
        if (order) FRS_TRY(turned(memory, order, &t[i]));
    }
    return frs__pt_write(net->ctx, path, t, n);
}

frs_status frs_net_save_pytorch(frs_net *net, const char *path, const frs_weights_opts *o) {
    frs_arena memory = {.ctx = net->ctx};
    FRS_TRY(frs__net_make(net));
    const frs_status s = write(&memory, net, path, o && o->keep_columns);
    frs__arena_free(&memory);
    return s;
}
