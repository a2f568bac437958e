/* What moves elements, in ONNX. */
#include "exchange/onnx_write.h"
#include "op/op_internal.h"

#include <limits.h>
#include <string.h>

static const frs_walk_node *other_node(const frs__ow_call *c) {
    return &c->w->other.nodes[c->w->at];
}

/* Do the elements stand in the engine's order in f, too? Axes of 1 may be anywhere. */
static bool in_order(const frs__ow_dims *d, frs__ow_form f) {
    int last = -1;
    for (int at = 0; at < d->rank; at++) {
        const int axis = frs__ow_axis_of(f, d->rank, at);
        if (d->dim[axis] == 1 && !d->per[axis]) continue;
        if (axis < last) return false;
        last = axis;
    }
    return true;
}

/* The input in any order of axes that is the engine's when it is read as one row. */
static const char *as_row(frs__ow_call *c) {
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    for (int f = 0; f < FRS__OW_FORMS; f++) {
        const char *held = c->w->v[c->n->in[0]].name[f];
        if (held && in_order(&d, (frs__ow_form)f)) return held;
    }
    return frs__ow_in(c, 0, FRS__OW_LAST);
}

void frs__ow_do_reshape(frs__ow_call *c) {
    const frs__ow_dims from = frs__ow_in_dims(c, 0), to = frs__ow_out_dims(c, 0);
    if (frs__ow_same(&from, &to)) {
        frs__ow_alias(c);
        return;
    }
    bool empty = false;
    for (int k = 0; k < to.rank; k++) empty |= to.dim[k] == 0 && !to.per[k];
    const char *y = FRS__OW(c->w, "Reshape", as_row(c), frs__ow_sizes(c->w, &to, true));
    if (empty && c->w->o->opset < 14) frs__ow_cannot(c, _("no elements want operator set 14"));
    if (empty) frs__ow_int(c->w, "allowzero", 1); /* else 0 is the size that was there */
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

/* Sizes that stay are 1, which ONNX's Expand leaves alone. */
void frs__ow_do_expand(frs__ow_call *c) {
    const frs__ow_dims from = frs__ow_in_dims(c, 0);
    frs__ow_dims to = frs__ow_out_dims(c, 0);
    if (frs__ow_same(&from, &to)) {
        frs__ow_alias(c);
        return;
    }
    for (int k = 0; k < from.rank; k++) {
        const int at = k + to.rank - from.rank;
        if (from.dim[k] != to.dim[at] || from.per[k] != to.per[at]) continue;
        to.dim[at] = 1;
        to.per[at] = 0;
    }
    const char *x = frs__ow_in(c, 0, FRS__OW_LAST);
    frs__ow_give(c, 0, FRS__OW_LAST, FRS__OW(c->w, "Expand", x, frs__ow_sizes(c->w, &to, false)));
}

void frs__ow_do_fill(frs__ow_call *c) {
    const frs_fill_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_out_dims(c, 0);
    float *v = frs__ow_alloc(c->w, 1, sizeof *v);
    if (!v) return;
    *v = (float)a->value;
    const char *x;
    if (d.rank == 0)
        x = frs__ow_scalar(c->w, a->value);
    else {
        x = FRS__OW(c->w, "ConstantOfShape", frs__ow_sizes(c->w, &d, false));
        frs__ow_tensor(c->w, "value", frs__ow_proto(c->w, NULL, (frs_shape){1, {1}}, v));
    }
    frs__ow_give(c, 0, FRS__OW_LAST, x);
}

/* Numbers that the operator computes of nothing. */
void frs__ow_do_positions(frs__ow_call *c) {
    const frs_shape s = c->n->out[0];
    const int64_t n = frs_shape_count(s);
    double *wide = frs__ow_alloc(c->w, n, sizeof *wide);
    float *v = frs__ow_alloc(c->w, n, sizeof *v);
    if (!wide || !v) return;
    c->n->op->reference(
        &(frs_ref_args){.attr = c->n->attr, .out = (double *const[]){wide}, .out_shape = &s});
    for (int64_t i = 0; i < n; i++) v[i] = (float)wide[i];
    frs__ow_give(c, 0, FRS__OW_LAST, frs__ow_floats(c->w, s, v));
}

/* Where the turned axes stand in another order of the input already, nothing is to be done. */
void frs__ow_do_permute(frs__ow_call *c) {
    const frs_permute_attr *a = (const void *)c->n->attr;
    const int rank = frs__ow_out_dims(c, 0).rank;
    int64_t order[FRS_MAX_RANK];
    bool found = false;
    for (int f = 0; f < FRS__OW_FORMS; f++) {
        const char *held = c->w->v[c->n->in[0]].name[f];
        for (int g = 0; g < FRS__OW_FORMS && held; g++) {
            bool same = true;
            for (int k = 0; k < rank && same; k++)
                same = a->order[frs__ow_axis_of((frs__ow_form)g, rank, k)] ==
                       frs__ow_axis_of((frs__ow_form)f, rank, k);
            if (same) c->w->v[c->w->at * FRS_OP_MAX_OUT].name[g] = held;
            found |= same;
        }
    }
    if (found) return;
    for (int k = 0; k < rank; k++) order[k] = a->order[k];
    const char *y = FRS__OW(c->w, "Transpose", frs__ow_in(c, 0, FRS__OW_LAST));
    frs__ow_ints(c->w, "perm", order, rank);
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

/* ---- parts of axes */

static const char *sliced(frs__ow *w, const char *x, const int64_t *first, const int64_t *end,
                          const int64_t *axes, int n) {
    return FRS__OW(w, "Slice", x, frs__ow_wholes(w, first, n), frs__ow_wholes(w, end, n),
                   frs__ow_wholes(w, axes, n));
}

void frs__ow_do_slice(frs__ow_call *c) {
    const frs_slice_attr *a = (const void *)c->n->attr;
    const frs__ow_dims from = frs__ow_in_dims(c, 0), to = frs__ow_out_dims(c, 0);
    const frs__ow_form f = frs__ow_follow(c);
    if (frs__ow_same(&from, &to)) {
        frs__ow_alias(c);
        return;
    }
    if (c->w->other.n && memcmp(a, other_node(c)->attr, sizeof *a) != 0) {
        frs__ow_cannot(c, _("a part of the batch is taken that depends on its size"));
        return;
    }
    const int64_t axis = frs__ow_axis(f, to.rank, a->axis), end = a->first + a->n;
    frs__ow_give(c, 0, f, sliced(c->w, frs__ow_in(c, 0, f), &a->first, &end, &axis, 1));
}

void frs__ow_do_flip(frs__ow_call *c) {
    const uint32_t bits = ((const frs_axes_attr *)(const void *)c->n->attr)->axes;
    const frs__ow_form f = frs__ow_follow(c);
    const int rank = frs__ow_out_dims(c, 0).rank;
    int64_t first[FRS_MAX_RANK], end[FRS_MAX_RANK], axes[FRS_MAX_RANK], step[FRS_MAX_RANK];
    int n = 0;
    for (int at = 0; at < rank; at++) {
        if (!(bits >> frs__ow_axis_of(f, rank, at) & 1)) continue;
        first[n] = step[n] = -1;
        end[n] = INT64_MIN; /* before the first element */
        axes[n++] = at;
    }
    frs__ow *w = c->w;
    if (n == 0) {
        frs__ow_alias(c);
        return;
    }
    frs__ow_give(c, 0, f,
                 FRS__OW(w, "Slice", frs__ow_in(c, 0, f), frs__ow_wholes(w, first, n),
                         frs__ow_wholes(w, end, n), frs__ow_wholes(w, axes, n),
                         frs__ow_wholes(w, step, n)));
}

void frs__ow_do_concat(frs__ow_call *c) {
    const frs_slice_attr *a = (const void *)c->n->attr;
    const frs__ow_form f = frs__ow_follow(c);
    const char *in[FRS_OP_MAX_IN];
    for (int i = 0; i < c->n->n_in; i++) in[i] = frs__ow_in(c, i, f);
    const char *y = frs__ow_node(c->w, "Concat", in, c->n->n_in);
    frs__ow_int(c->w, "axis", frs__ow_axis(f, frs__ow_out_dims(c, 0).rank, a->axis));
    frs__ow_give(c, 0, f, y);
}

typedef struct around { /* each axis, in the engine's order */
    int64_t lo[FRS_MAX_RANK], hi[FRS_MAX_RANK];
    const char *mode;
    double value;
} around;

static void give_padded(frs__ow_call *c, const around *p) {
    const frs__ow_form f = frs__ow_follow(c);
    const int rank = frs__ow_out_dims(c, 0).rank;
    int64_t pads[2 * FRS_MAX_RANK];
    for (int at = 0; at < rank; at++) {
        const int axis = frs__ow_axis_of(f, rank, at);
        pads[at] = p->lo[axis];
        pads[rank + at] = p->hi[axis];
    }
    const char *y = FRS__OW(c->w, "Pad", frs__ow_in(c, 0, f), frs__ow_wholes(c->w, pads, 2 * rank),
                            frs__ow_scalar(c->w, p->value));
    frs__ow_text(c->w, "mode", p->mode);
    frs__ow_give(c, 0, f, y);
}

void frs__ow_do_pad(frs__ow_call *c) {
    static const char *const modes[] = {
        [FRS_PAD_CONSTANT] = "constant", [FRS_PAD_REFLECT] = "reflect", [FRS_PAD_EDGE] = "edge"};
    const frs_pad_attr *a = (const void *)c->n->attr;
    around p = {.mode = modes[a->mode], .value = a->value};
    for (int k = 0; k < FRS_MAX_RANK; k++) {
        p.lo[k] = a->lo[k];
        p.hi[k] = a->hi[k];
    }
    give_padded(c, &p);
}

void frs__ow_do_unslice(frs__ow_call *c) {
    const frs_slice_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    around p = {.mode = "constant"};
    if (d.per[a->axis]) {
        frs__ow_cannot(c, _("a part of the batch is taken that depends on its size"));
        return;
    }
    p.lo[a->axis] = a->first;
    p.hi[a->axis] = a->n - a->first - d.dim[a->axis];
    give_padded(c, &p);
}

/* ---- by index */

static const char *index_of(frs__ow_call *c, int i) {
    const char *y = FRS__OW(c->w, "Cast", frs__ow_in(c, i, FRS__OW_LAST));
    frs__ow_int(c->w, "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
    return y;
}

void frs__ow_do_gather(frs__ow_call *c) {
    const frs_gather_attr *a = (const void *)c->n->attr;
    const char *y = FRS__OW(c->w, "Gather", frs__ow_in(c, 0, FRS__OW_LAST), index_of(c, 1));
    frs__ow_int(c->w, "axis", a->axis);
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

/* On the first axis: zeros [n, ..] and what is added to them at [indices, 1]. */
void frs__ow_do_scatter_add(frs__ow_call *c) {
    const frs_gather_attr *a = (const void *)c->n->attr;
    const frs__ow_dims to = frs__ow_out_dims(c, 0), index = frs__ow_in_dims(c, 1);
    frs__ow *w = c->w;
    if (a->axis != 0 || index.rank != 1 || w->o->opset == 13 || w->o->opset == 14 ||
        w->o->opset == 15) {
        frs__ow_cannot(c, _("adding up at indices wants operator set 16 and the first axis"));
        return;
    }
    const frs__ow_dims column = {2, {index.dim[0], 1}, {index.per[0], 0}};
    const char *at = FRS__OW(w, "Reshape", index_of(c, 1), frs__ow_sizes(w, &column, true));
    const char *zeros = FRS__OW(w, "ConstantOfShape", frs__ow_sizes(w, &to, false));
    const char *y = FRS__OW(w, "ScatterND", zeros, at, frs__ow_in(c, 0, FRS__OW_LAST));
    frs__ow_text(w, "reduction", "add");
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

void frs__ow_do_one_hot(frs__ow_call *c) {
    const frs_gather_attr *a = (const void *)c->n->attr;
    static const float values[2] = {0, 1};
    frs__ow *w = c->w;
    const char *y = FRS__OW(w, "OneHot", index_of(c, 0), frs__ow_whole(w, a->n),
                            frs__ow_floats(w, (frs_shape){1, {2}}, values));
    frs__ow_int(w, "axis", -1);
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

/* What lies between two diagonals is above the one and below the other. */
void frs__ow_do_band(frs__ow_call *c) {
    const frs_band_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_out_dims(c, 0);
    const int64_t rows = d.dim[d.rank - 2], columns = d.dim[d.rank - 1];
    frs__ow *w = c->w;
    if (w->o->opset == 13) {
        frs__ow_cannot(c, _("diagonals want operator set 14"));
        return;
    }
    const char *x = frs__ow_in(c, 0, FRS__OW_LAST);
    if (a->lo > -rows) {
        x = FRS__OW(w, "Trilu", x, frs__ow_whole(w, a->lo));
        frs__ow_int(w, "upper", 1);
    }
    if (a->hi < columns) {
        x = FRS__OW(w, "Trilu", x, frs__ow_whole(w, a->hi));
        frs__ow_int(w, "upper", 0);
    }
    frs__ow_give(c, 0, FRS__OW_LAST, x);
}
