/* Recurrent layers of convolutions, step by step: the products with the input of all steps at once,
 * those with the state one after the other. */
#include "op/conv.h"
#include <math.h>
#include <stdio.h>

enum { MAX_STEPS = 64 }; /* each step is some forty nodes with its gradient */
typedef struct cell {
    frs_builder *b;
    const frs_conv_cell_opts *o;
    frs_conv_attr attr;
    frs_init init;
    int n; /* spatial axes */
    bool reverse;
    int64_t H;
    frs_shape x, state; /* [B, T, spatial.., C], [B, spatial.., H] */
} cell;

static frs_status prepare(frs_builder *b, const char *name, frs_tensor *x,
                          const frs_conv_cell_opts *o, cell *c) {
    *c = (cell){.b = b, .o = o, .H = o->conv.filters, .x = frs_tensor_shape(x)};
    c->n = c->x.rank - 3;
    if (c->n < 1 || c->n > 2 || c->H < 1 || c->x.dim[1] < 1 || c->x.dim[1] > MAX_STEPS)
        return frs__build_fail(b, FRS_E_ARG,
                               _("%s: input must be [batch, 1 to %d steps, 1 or 2 spatial axes, "
                                 "channels], filters at least 1"),
                               name, MAX_STEPS);
    c->state = (frs_shape){.rank = c->n + 2, .dim = {c->x.dim[0]}};
    for (int i = 0; i < c->n; i++) c->state.dim[1 + i] = c->x.dim[2 + i];
    c->state.dim[c->n + 1] = c->H;
    const frs_window_opts w = {
        .kernel = o->conv.kernel, .dilation = o->conv.dilation, .padding = FRS_SAME};
    FRS_TRY(frs__window_make(b, name, c->state, &w, &c->attr.window));
    c->attr.groups = 1;
    int64_t fan = c->H;
    for (int i = 0; i < c->n; i++) fan *= c->attr.window.kernel[i];
    c->init = (frs_init){FRS_INIT_UNIFORM, 1 / sqrt((double)fan), 0};
    return FRS_OK;
}

static frs_tensor *param(const cell *c, const char *name, frs_shape s, frs_init init) {
    char full[32];
    snprintf(full, sizeof full, "%s%s", name, c->reverse ? "_reverse" : "");
    return frs_param(c->b, full, s, init);
}

static frs_tensor *weight(const cell *c, const char *name, int64_t gates, int64_t in) {
    frs_shape s = {.rank = c->n + 2, .dim = {gates * c->H, in}};
    for (int i = 0; i < c->n; i++) s.dim[2 + i] = c->attr.window.kernel[i];
    return param(c, name, s, c->o->conv.init.kind ? c->o->conv.init : c->init);
}

/* W x + bias of all steps: [B, T, spatial.., gates H] */
static frs_tensor *of_input(const cell *c, frs_tensor *x, int64_t gates) {
    frs_tensor *w = weight(c, "weight_ih", gates, c->x.dim[c->n + 2]);
    frs_tensor *bias = param(c, "bias", (frs_shape){1, {gates * c->H}}, c->init);
    frs_shape flat = {.rank = c->n + 2, .dim = {c->x.dim[0] * c->x.dim[1]}}, s = c->x;
    for (int i = 0; i <= c->n; i++) flat.dim[1 + i] = c->x.dim[2 + i];
    s.dim[c->n + 2] = gates * c->H;
    return frs_reshape(c->b, frs__conv(c->b, frs_reshape(c->b, x, flat), w, bias, &c->attr), s);
}

/* One step of [B, T, ..] as [B, ..]. */
static frs_tensor *step_of(const cell *c, frs_tensor *all, int64_t t) {
    frs_shape s = c->state;
    s.dim[c->n + 1] = frs_tensor_shape(all).dim[c->n + 2];
    return frs_reshape(c->b, frs_slice(c->b, all, 1, t, 1), s);
}

static frs_tensor *gate(const cell *c, frs_tensor *all, int64_t number, int64_t n) {
    return frs_slice(c->b, all, c->n + 1, number * c->H, n * c->H);
}

/* How far a gate is open. */
static frs_tensor *opened(const cell *c, frs_tensor *a) {
    return frs_activate(c->b, a, c->o->hard_gates ? FRS_HARD_SIGMOID : FRS_SIGMOID);
}

/* The i-th step in the order of reading. */
static int64_t step_at(const cell *c, int64_t i) {
    return c->reverse ? c->x.dim[1] - 1 - i : i;
}

/* What the step before left: of the first one nothing. */
static frs_tensor *before(const cell *c, frs_tensor *const *h, int64_t i) {
    return i ? h[step_at(c, i - 1)] : NULL;
}

/* The state after the last step read, or all as [B, T, ..]. */
static frs_tensor *result(const cell *c, frs_tensor **h) {
    const int64_t T = c->x.dim[1];
    if (!c->o->sequences) return h[step_at(c, T - 1)];
    frs_shape one = c->x;
    one.dim[1] = 1;
    one.dim[c->n + 2] = c->H;
    for (int64_t t = 0; t < T; t++) h[t] = frs_reshape(c->b, h[t], one);
    return frs_concat(c->b, h, (int)T, 1);
}

static void lstm(const cell *c, frs_tensor *x, frs_tensor **h) {
    frs_builder *b = c->b;
    frs_tensor *all = of_input(c, x, 4), *w = weight(c, "weight_hh", 4, c->H), *memory = NULL;
    for (int64_t i = 0; i < c->x.dim[1]; i++) {
        const int64_t t = step_at(c, i);
        frs_tensor *a = step_of(c, all, t);
        if (i) a = frs_add(b, a, frs__conv(b, before(c, h, i), w, NULL, &c->attr));
        frs_tensor *inward = frs_mul(b, opened(c, gate(c, a, 0, 1)), frs_tanh(b, gate(c, a, 2, 1)));
        frs_tensor *kept = i ? frs_mul(b, opened(c, gate(c, a, 1, 1)), memory) : NULL;
        memory = kept ? frs_add(b, kept, inward) : inward;
        h[t] = frs_mul(b, opened(c, gate(c, a, 3, 1)), frs_tanh(b, memory));
    }
}

static void gru(const cell *c, frs_tensor *x, frs_tensor **h) {
    frs_builder *b = c->b;
    frs_tensor *all = of_input(c, x, 3), *w = weight(c, "weight_hh", 2, c->H);
    frs_tensor *u = weight(c, "weight_hn", 1, c->H);
    for (int64_t i = 0; i < c->x.dim[1]; i++) {
        const int64_t t = step_at(c, i);
        frs_tensor *last = before(c, h, i), *a = step_of(c, all, t);
        frs_tensor *rz = gate(c, a, 0, 2), *n = gate(c, a, 2, 1);
        if (i) rz = frs_add(b, rz, frs__conv(b, last, w, NULL, &c->attr));
        rz = opened(c, rz);
        if (i)
            n = frs_add(b, n, frs__conv(b, frs_mul(b, gate(c, rz, 0, 1), last), u, NULL, &c->attr));
        n = frs_tanh(b, n);
        frs_tensor *z = gate(c, rz, 1, 1);
        h[t] = frs_sub(b, n, frs_mul(b, z, n)); /* (1 - z) n + z h */
        if (i) h[t] = frs_add(b, h[t], frs_mul(b, z, last));
    }
}

/* In one direction or in both, beside each other on the channels. */
static frs_tensor *over(frs_builder *b, const char *name, frs_tensor *x,
                        const frs_conv_cell_opts *o,
                        void (*steps)(const cell *c, frs_tensor *x, frs_tensor **h)) {
    cell c;
    frs_tensor *h[MAX_STEPS], *y[2];
    if (!x || prepare(b, name, x, o, &c) != FRS_OK) return NULL;
    for (int k = 0; k < (o->bidirectional ? 2 : 1); k++) {
        c.reverse = k == 1;
        steps(&c, x, h);
        y[k] = result(&c, h);
    }
    return o->bidirectional ? frs_concat(b, y, 2, frs_tensor_shape(y[0]).rank - 1) : y[0];
}

frs_tensor *frs_conv_lstm(frs_builder *b, frs_tensor *x, const frs_conv_cell_opts *o) {
    return over(b, "conv_lstm", x, o, lstm);
}

frs_tensor *frs_conv_gru(frs_builder *b, frs_tensor *x, const frs_conv_cell_opts *o) {
    return over(b, "conv_gru", x, o, gru);
}
