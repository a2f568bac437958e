/* A model: weights, and plans made by its build function. */
#include "graph/graph_internal.h"
#include "op/elementwise.h"
#include <string.h>

frs_status frs_model_new(frs_ctx *ctx, const frs_model_opts *opts, frs_model **out) {
    frs_model *m = frs__alloc(ctx, 1, sizeof *m);
    if (!m) return FRS_E_NOMEM;
    m->ctx = ctx;
    m->o = *opts;
    if (opts->arg_size) {
        m->arg = frs__alloc(ctx, (int64_t)opts->arg_size, 1);
        if (!m->arg) {
            frs__free(ctx, m);
            return FRS_E_NOMEM;
        }
        memcpy(m->arg, opts->arg, opts->arg_size);
        m->o.arg = m->arg;
    }
    *out = m;
    return FRS_OK;
}

void frs_model_free(frs_model *m) {
    if (!m) return;
    for (int64_t i = 0; i < m->n_plans; i++) frs__plan_free(m->plans[i]);
    for (int64_t i = 0; i < m->n_params; i++) frs__free(m->ctx, m->params[i].name);
    frs__free(m->ctx, m->plans);
    frs__free(m->ctx, m->params);
    frs__free(m->ctx, m->weights);
    frs__free(m->ctx, m->gradients);
    frs__free(m->ctx, m->arena);
    frs__free(m->ctx, m->arg);
    frs__free(m->ctx, m);
}

/* Appends a parameter; offsets are aligned to 16 elements, so that each starts a vector. */
static int64_t register_param(frs_builder *b, const char *name, const frs_param_entry *wanted) {
    frs_model *m = b->model;
    if (m->n_params == m->cap_params) {
        const int64_t cap = m->cap_params ? 2 * m->cap_params : 16;
        void *grown = frs__realloc(m->ctx, m->params, m->cap_params, cap, sizeof *m->params);
        if (!grown) {
            b->status = FRS_E_NOMEM;
            return -1;
        }
        m->params = grown;
        m->cap_params = cap;
    }
    char *own = frs__strdup(m->ctx, name);
    if (!own) {
        b->status = FRS_E_NOMEM;
        return -1;
    }
    frs_param_entry *p = &m->params[m->n_params];
    *p = *wanted;
    p->name = own;
    p->offset = m->flat;
    m->flat += (frs_shape_count(p->shape) + 15) & ~INT64_C(15);
    return m->n_params++;
}

int64_t frs__model_param(frs_builder *b, const char *name, const frs_param_entry *wanted) {
    frs_model *m = b->model;
    for (int64_t i = 0; i < m->n_params; i++) {
        if (strcmp(m->params[i].name, name) != 0) continue;
        if (frs__shape_equal(m->params[i].shape, wanted->shape)) return i;
        char was[128], is[128];
        frs__shape_text(m->params[i].shape, was, sizeof was);
        frs__shape_text(wanted->shape, is, sizeof is);
        frs__build_fail(b, FRS_E_ARG, _("parameter '%s' was %s and is now %s"), name, was, is);
        return -1;
    }
    if (m->weights) {
        frs__build_fail(b, FRS_E_ARG, _("parameter '%s' was not there at the first compile"), name);
        return -1;
    }
    return register_param(b, name, wanted);
}

/* At the first compile the weights are made and drawn. */
static frs_status make_weights(frs_model *m) {
    if (m->weights) return FRS_OK;
    m->weights = frs__alloc(m->ctx, m->flat, (size_t)frs__element(m));
    if (!m->weights) return FRS_E_NOMEM;
    m->version = 1;
    for (int64_t i = 0; i < m->n_params; i++) frs__init_param(m, i);
    return FRS_OK;
}

static frs_status make_gradients(frs_model *m, frs_mode mode) {
    if (m->gradients || mode == FRS_INFER) return FRS_OK;
    m->gradients = frs__alloc(m->ctx, m->flat, (size_t)frs__element(m));
    return m->gradients ? FRS_OK : FRS_E_NOMEM;
}

static frs_status grow_arena(frs_model *m, int64_t bytes) {
    if (bytes <= m->arena_bytes) return FRS_OK;
    char *arena = frs__alloc(m->ctx, bytes, 1);
    if (!arena) return FRS_E_NOMEM;
    frs__free(m->ctx, m->arena);
    m->arena = arena;
    m->arena_bytes = bytes;
    return FRS_OK;
}

static frs_status keep_plan(frs_model *m, frs_plan *p) {
    if (m->n_plans == m->cap_plans) {
        const int64_t cap = m->cap_plans ? 2 * m->cap_plans : 8;
        void *grown = frs__realloc(m->ctx, m->plans, m->cap_plans, cap, sizeof *m->plans);
        if (!grown) return FRS_E_NOMEM;
        m->plans = grown;
        m->cap_plans = cap;
    }
    m->plans[m->n_plans++] = p;
    return FRS_OK;
}

static frs_status outline(frs_model *m, frs_plan *p) {
    p->b.nodes = frs__alloc(m->ctx, FRS_MAX_NODES, sizeof *p->b.nodes);
    if (!p->b.nodes) return FRS_E_NOMEM;
    FRS_TRY(m->o.build(&p->b, m->o.arg));
    return p->b.status;
}

/* The graph, and the weights that it asks for. */
static frs_status draw(frs_model *m, frs_plan *p) {
    FRS_TRY(outline(m, p));
    return make_weights(m);
}

static frs_status build(frs_model *m, frs_plan *p) {
    FRS_TRY(draw(m, p));
    FRS_TRY(make_gradients(m, p->b.mode));
    FRS_TRY(frs__plan_finish(p));
    FRS_TRY(grow_arena(m, p->arena_bytes));
    return keep_plan(m, p);
}

static frs_status new_plan(frs_model *m, frs_mode mode, frs_dims dims,
                           frs_status (*make)(frs_model *m, frs_plan *p), frs_plan **plan) {
    frs_plan *p = frs__alloc(m->ctx, 1, sizeof *p);
    if (!p) return FRS_E_NOMEM;
    p->model = m;
    p->b = (frs_builder){
        .ctx = m->ctx, .model = m, .arena = {.ctx = m->ctx}, .dims = dims, .mode = mode};
    const frs_status s = make(m, p);
    if (s == FRS_OK)
        *plan = p;
    else
        frs__plan_free(p);
    return s;
}

frs_status frs_model_compile(frs_model *m, frs_mode mode, frs_dims dims, frs_plan **plan) {
    for (int64_t i = 0; i < m->n_plans; i++) {
        const frs_builder *b = &m->plans[i]->b;
        if (b->mode != mode || b->dims.batch != dims.batch || b->dims.steps != dims.steps) continue;
        *plan = m->plans[i];
        return FRS_OK;
    }
    return new_plan(m, mode, dims, build, plan);
}

frs_status frs__plan_sketch(frs_model *m, frs_dims dims, frs_plan **plan) {
    return new_plan(m, FRS_INFER, dims, draw, plan);
}

frs_status frs_model_outline(frs_model *m, frs_dims dims) {
    frs_plan *p = NULL;
    FRS_TRY(new_plan(m, FRS_INFER, dims, outline, &p));
    frs__plan_free(p);
    return FRS_OK;
}

int64_t frs_model_n_params(const frs_model *m) {
    return m->n_params;
}
frs_param_info frs_model_param(const frs_model *m, int64_t i) {
    const frs_param_entry *p = &m->params[i];
    return (frs_param_info){p->name, p->shape, p->offset, p->state, p->frozen};
}
int64_t frs_model_flat_count(const frs_model *m) {
    return m->flat;
}
frs_dtype frs_model_dtype(const frs_model *m) {
    return m->o.dtype;
}
void *frs_model_weights(frs_model *m) {
    m->version++;
    return m->weights;
}
void *frs_model_gradients(frs_model *m) {
    return m->gradients;
}
const void *frs_model_weights_get(const frs_model *m) {
    return m->weights;
}

bool frs__within(const char *name, const char *scope) {
    const size_t n = strlen(scope);
    return n == 0 || (strncmp(name, scope, n) == 0 && (name[n] == 0 || name[n] == '.'));
}

void frs_model_forget_plans(frs_model *m) {
    for (int64_t i = 0; i < m->n_plans; i++) frs__plan_free(m->plans[i]);
    m->n_plans = 0;
}

frs_status frs_model_freeze(frs_model *m, const char *scope, bool frozen) {
    int64_t n = 0;
    for (int64_t i = 0; i < m->n_params; i++)
        if (!m->params[i].state && frs__within(m->params[i].name, scope)) {
            m->params[i].frozen = frozen;
            n++;
        }
    if (!n) return frs__fail(m->ctx, FRS_E_ARG, _("no parameter named '%s' to freeze"), scope);
    frs_model_forget_plans(m);
    return FRS_OK;
}
