/* Broadcasting as few loops: neighbouring axes that every input walks alike are made one. Equal
 * shapes are one loop, a vector along the last axis two. */
#ifndef FRS_KERNEL_CPU_NEST_H
#define FRS_KERNEL_CPU_NEST_H
#include "freshet/graph.h"

enum { FRS_NEST_IN = 3 };
/* Axis 0 is the innermost, of step 0 or 1 in each input; at least one axis. */
typedef struct frs_nest {
    int n_in, rank;
    int64_t n[FRS_MAX_RANK], step[FRS_NEST_IN][FRS_MAX_RANK];
} frs_nest;
frs_nest frs__nest(frs_shape out, const frs_shape *in, int n_in);

/* A place in the nest: indices of the axes, and where it is in each input. */
typedef struct frs_walk {
    int64_t index[FRS_MAX_RANK], at[FRS_NEST_IN];
} frs_walk;
frs_walk frs__walk_from(const frs_nest *t, int64_t element);
void frs__walk_on(const frs_nest *t, frs_walk *w, int64_t n); /* not beyond the end of the row */
#endif
