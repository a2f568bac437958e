/* What a handler asks of the node before it: inputs in the wanted order of axes, numbers,
 * attributes; and where it puts its outputs. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <stdio.h>
#include <string.h>

/* ---- errors */

static frs_status fail_v(frs__onnx_call *c, frs_status s, const char *fmt, va_list args) {
    char text[400];
    vsnprintf(text, sizeof text, fmt, args);
    return frs__build_fail(c->b, s, "%s", text);
}

frs_status frs__onnx_fail(frs__onnx_call *c, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const frs_status s = fail_v(c, FRS_E_ARG, fmt, args);
    va_end(args);
    return s;
}

frs_status frs__onnx_cannot(frs__onnx_call *c, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const frs_status s = fail_v(c, FRS_E_UNSUPPORTED, fmt, args);
    va_end(args);
    return s;
}

static frs_status broken(frs__onnx_call *c) {
    const frs_status s = frs_build_done(c->b, NULL);
    return s == FRS_OK ? frs__onnx_fail(c, _("an input is missing")) : s;
}

/* ---- values by name: open addressing, twice as many slots as values */

frs_status frs__onnx_table_new(frs_arena *memory, int64_t most, frs__onnx_table *t) {
    *t = (frs__onnx_table){.n_slots = 16};
    while (t->n_slots < 2 * most) t->n_slots *= 2;
    t->v = frs__arena_alloc(memory, t->n_slots / 2, sizeof *t->v);
    t->slot = frs__arena_alloc(memory, t->n_slots, sizeof *t->slot);
    return t->v && t->slot ? FRS_OK : FRS_E_NOMEM;
}

frs__onnx_v *frs__onnx_find(frs__onnx_table *t, const char *name) {
    const uint64_t hash = frs__hash64(name, (int64_t)strlen(name), 0);
    for (int64_t k = 0; k < t->n_slots; k++) {
        int64_t *slot = &t->slot[(hash + (uint64_t)k) % (uint64_t)t->n_slots];
        if (*slot && strcmp(t->v[*slot - 1].name, name) == 0) return &t->v[*slot - 1];
        if (*slot) continue;
        if (t->n == t->n_slots / 2) return NULL;
        t->v[t->n++] = (frs__onnx_v){.name = name};
        *slot = t->n;
        return &t->v[t->n - 1];
    }
    return NULL;
}

/* ---- orders of axes */

int frs__onnx_last_axis(int axis, int rank) {
    if (rank < 3 || axis == 0) return axis;
    return axis == 1 ? rank - 1 : axis - 1;
}

static frs_shape logical_shape(const frs__onnx_v *v) {
    if (v->data) return v->data->shape;
    if (v->logical) return frs_tensor_shape(v->logical);
    const frs_shape last = frs_tensor_shape(v->last);
    frs_shape s = last;
    for (int k = 0; k < s.rank; k++) s.dim[k] = last.dim[frs__onnx_last_axis(k, s.rank)];
    return s;
}

frs_shape frs__onnx_shape(const frs__onnx_call *c, int64_t i) {
    return frs__onnx_has(c, i) ? logical_shape(c->in[i]) : (frs_shape){0};
}

/* ---- tensors of numbers */

static bool all_equal(const frs__onnx_data *d) {
    for (int64_t i = 1; i < d->n; i++)
        if (frs__onnx_real(d, i) != frs__onnx_real(d, 0)) return false;
    return d->n > 0;
}

/* A name that fits where the engine keeps names. */
static const char *param_name(frs__onnx_call *c, const frs__onnx_v *v, char *buf, size_t size) {
    if (strlen(v->name) < 200) return v->name;
    snprintf(buf, size, "%.180s#%lld", v->name, (long long)c->r->n_loads);
    return frs__arena_strdup(c->r->memory, buf);
}

static frs_tensor *parameter(frs__onnx_call *c, frs__onnx_v *v) {
    char buf[240];
    frs__onnx_replay *r = c->r;
    if (r->n_loads == r->cap_loads) {
        const int64_t cap = r->cap_loads ? 2 * r->cap_loads : 64;
        frs__onnx_load *grown = frs__arena_alloc(r->memory, cap, sizeof *grown);
        if (!grown) return NULL;
        if (r->n_loads) memcpy(grown, r->loads, (size_t)r->n_loads * sizeof *grown);
        r->loads = grown;
        r->cap_loads = cap;
    }
    const char *name = param_name(c, v, buf, sizeof buf);
    if (!name) return NULL;
    r->loads[r->n_loads++] = (frs__onnx_load){name, v->data};
    return v->trained ? frs_param(c->b, name, v->data->shape, (frs_init){0})
                      : frs_state(c->b, name, v->data->shape, (frs_init){0});
}

static frs_tensor *of_data(frs__onnx_call *c, frs__onnx_v *v) {
    if (!v->trained && all_equal(v->data))
        return frs__fill(c->b, v->data->shape, frs__onnx_real(v->data, 0));
    return parameter(c, v);
}

static frs_tensor *reorder(frs_builder *b, frs_tensor *t, bool to_last) {
    const frs_shape s = frs_tensor_shape(t);
    int order[FRS_MAX_RANK];
    if (!t || s.rank < 3) return t;
    for (int k = 0; k < s.rank; k++) {
        const int last = frs__onnx_last_axis(k, s.rank); /* k is of ONNX's order */
        order[to_last ? last : k] = to_last ? k : last;
    }
    return frs_permute(b, t, order);
}

frs_tensor *frs__onnx_as(frs__onnx_call *c, frs__onnx_v *v, bool last) {
    if (!v->logical && !v->last && v->data) v->logical = of_data(c, v);
    frs_tensor *t = last ? v->last : v->logical;
    if (t) return t;
    t = reorder(c->b, last ? v->logical : v->last, last);
    *(last ? &v->last : &v->logical) = t;
    return t;
}

frs_tensor *frs__onnx_tensor(frs__onnx_call *c, const frs__onnx_data *d) {
    char name[120];
    const char *of = c->n_out > 0 && c->out[0] ? c->out[0]->name : c->node->op_type;
    snprintf(name, sizeof name, "%.80s.%lld", of, (long long)c->r->n_loads);
    frs__onnx_v v = {.name = frs__arena_strdup(c->r->memory, name), .type = d->type, .data = d};
    return v.name ? frs__onnx_as(c, &v, false) : NULL;
}

bool frs__onnx_has(const frs__onnx_call *c, int64_t i) {
    return i < c->n_in && c->in[i];
}

frs_tensor *frs__onnx_t(frs__onnx_call *c, int64_t i) {
    return frs__onnx_has(c, i) ? frs__onnx_as(c, c->in[i], false) : NULL;
}

frs_tensor *frs__onnx_last(frs__onnx_call *c, int64_t i) {
    return frs__onnx_has(c, i) ? frs__onnx_as(c, c->in[i], true) : NULL;
}

bool frs__onnx_is_last(const frs__onnx_call *c, int64_t i) {
    return frs__onnx_has(c, i) && c->in[i]->last && !c->in[i]->logical;
}

int frs__onnx_type(const frs__onnx_call *c, int64_t i) {
    return frs__onnx_has(c, i) ? c->in[i]->type : FRS__ONNX_FLOAT;
}

/* ---- numbers of inputs */

frs_status frs__onnx_known(frs__onnx_call *c, int64_t i, const frs__onnx_data **d) {
    if (!frs__onnx_has(c, i)) return frs__onnx_fail(c, _("input %lld is missing"), (long long)i);
    if (!c->in[i]->data && c->in[i]->from) FRS_TRY(frs__onnx_on_demand(c, c->in[i]));
    *d = c->in[i]->data;
    return *d ? FRS_OK
              : frs__onnx_cannot(c,
                                 _("input '%.80s' decides a shape and is known only when "
                                   "running; give its values when compiling"),
                                 c->in[i]->name);
}

frs_status frs__onnx_wholes(frs__onnx_call *c, int64_t i, int64_t most, int64_t *to, int64_t *n) {
    const frs__onnx_data *d;
    FRS_TRY(frs__onnx_known(c, i, &d));
    if (d->n > most)
        return frs__onnx_fail(c, _("input '%.80s' has %lld elements; at most %lld"), c->in[i]->name,
                              (long long)d->n, (long long)most);
    for (*n = 0; *n < d->n; ++*n) to[*n] = frs__onnx_whole(d, *n);
    return FRS_OK;
}

/* ---- outputs */

frs_status frs__onnx_give_as(frs__onnx_call *c, int64_t k, frs_tensor *t, int type, bool last) {
    if (!t) return broken(c);
    if (k >= c->n_out || !c->out[k]) return FRS_OK;
    c->out[k]->set = true;
    c->out[k]->type = type;
    if (last)
        c->out[k]->last = t;
    else
        c->out[k]->logical = t;
    return FRS_OK;
}

frs_status frs__onnx_give(frs__onnx_call *c, int64_t k, frs_tensor *t, int type) {
    return frs__onnx_give_as(c, k, t, type, false);
}

frs_status frs__onnx_give_last(frs__onnx_call *c, int64_t k, frs_tensor *t, int type) {
    return frs__onnx_give_as(c, k, t, type, true);
}

frs_status frs__onnx_give_data(frs__onnx_call *c, int64_t k, const frs__onnx_data *d) {
    if (k >= c->n_out || !c->out[k]) return FRS_OK;
    c->out[k]->set = true;
    c->out[k]->type = d->type;
    c->out[k]->data = d;
    return FRS_OK;
}

/* ---- attributes */

const Onnx__AttributeProto *frs__onnx_attr(const frs__onnx_call *c, const char *name) {
    for (size_t i = 0; i < c->node->n_attribute; i++) {
        const Onnx__AttributeProto *a = c->node->attribute[i];
        if (a->name && strcmp(a->name, name) == 0) return a;
    }
    return NULL;
}

int64_t frs__onnx_int(const frs__onnx_call *c, const char *name, int64_t otherwise) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, name);
    return a && a->has_i ? a->i : otherwise;
}

double frs__onnx_float(const frs__onnx_call *c, const char *name, double otherwise) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, name);
    return a && a->has_f ? (double)a->f : otherwise;
}

bool frs__onnx_is(const frs__onnx_call *c, const char *name, const char *text, bool otherwise) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, name);
    if (!a || !a->has_s) return otherwise;
    return a->s.len == strlen(text) && (a->s.len == 0 || memcmp(a->s.data, text, a->s.len) == 0);
}

frs_status frs__onnx_ints(frs__onnx_call *c, const char *name, int64_t most, int64_t *to,
                          int64_t *n) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, name);
    *n = -1;
    if (!a) return FRS_OK;
    if (a->n_ints > (size_t)most)
        return frs__onnx_fail(c, _("attribute '%s' has %zu elements; at most %lld"), name,
                              a->n_ints, (long long)most);
    for (*n = 0; *n < (int64_t)a->n_ints; ++*n) to[*n] = a->ints[*n];
    return FRS_OK;
}

static frs_status one_axis(frs__onnx_call *c, int64_t axis, int rank, int *to) {
    if (axis < -rank || axis >= rank)
        return frs__onnx_fail(c, _("axis %lld of a tensor of %d axes"), (long long)axis, rank);
    *to = (int)(axis < 0 ? axis + rank : axis);
    return FRS_OK;
}

frs_status frs__onnx_axis(frs__onnx_call *c, const char *name, int64_t otherwise, int rank,
                          int *axis) {
    return one_axis(c, frs__onnx_int(c, name, otherwise), rank, axis);
}

frs_status frs__onnx_axes(frs__onnx_call *c, int64_t since, int64_t i, int rank, int *axes,
                          int *n) {
    int64_t list[FRS_MAX_RANK], count = -1;
    unsigned seen = 0;
    if (c->opset < since)
        FRS_TRY(frs__onnx_ints(c, "axes", FRS_MAX_RANK, list, &count));
    else if (frs__onnx_has(c, i))
        FRS_TRY(frs__onnx_wholes(c, i, FRS_MAX_RANK, list, &count));
    for (int k = 0; k < count; k++) {
        FRS_TRY(one_axis(c, list[k], rank, &axes[k]));
        if (seen >> axes[k] & 1) return frs__onnx_fail(c, _("axis %d twice"), axes[k]);
        seen |= 1U << axes[k];
    }
    *n = (int)count;
    return FRS_OK;
}
