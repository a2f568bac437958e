#include "kernel/cpu/nest.h"

/* Steps of one input along the axes of `out`, from the last. */
static void steps(frs_shape out, frs_shape in, int64_t *step) {
    int64_t stride = 1;
    for (int k = 0; k < out.rank; k++) {
        const int64_t n = k < in.rank ? in.dim[in.rank - 1 - k] : 1;
        step[k] = n == 1 ? 0 : stride;
        stride *= n;
    }
}

/* Axis k goes on where the last axis of the nest ends, in every input. */
static bool continues(const frs_nest *t, int64_t step[][FRS_MAX_RANK], int k) {
    const int last = t->rank - 1;
    for (int i = 0; i < t->n_in; i++)
        if (step[i][k] != t->n[last] * t->step[i][last]) return false;
    return true;
}

frs_nest frs__nest(frs_shape out, const frs_shape *in, int n_in) {
    frs_nest t = {.n_in = n_in};
    int64_t step[FRS_NEST_IN][FRS_MAX_RANK] = {0};
    for (int i = 0; i < n_in; i++) steps(out, in[i], step[i]);
    for (int k = 0; k < out.rank; k++) {
        const int64_t n = out.dim[out.rank - 1 - k];
        if (n == 1) continue;
        if (t.rank && continues(&t, step, k)) {
            t.n[t.rank - 1] *= n;
            continue;
        }
        for (int i = 0; i < n_in; i++) t.step[i][t.rank] = step[i][k];
        t.n[t.rank++] = n;
    }
    if (!t.rank) t.n[t.rank++] = 1;
    return t;
}

frs_walk frs__walk_from(const frs_nest *t, int64_t element) {
    frs_walk w = {0};
    for (int k = 0; k < t->rank; k++) {
        w.index[k] = element % t->n[k];
        element /= t->n[k];
        for (int i = 0; i < t->n_in; i++) w.at[i] += w.index[k] * t->step[i][k];
    }
    return w;
}

void frs__walk_on(const frs_nest *t, frs_walk *w, int64_t n) {
    w->index[0] += n;
    for (int i = 0; i < t->n_in; i++) w->at[i] += n * t->step[i][0];
    for (int k = 0; k + 1 < t->rank && w->index[k] == t->n[k]; k++) {
        w->index[k] = 0;
        w->index[k + 1]++;
        for (int i = 0; i < t->n_in; i++) w->at[i] += t->step[i][k + 1] - t->n[k] * t->step[i][k];
    }
}
