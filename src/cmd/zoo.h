/* What the parts of `freshet zoo` share. No header of the engine: the figure's names are its own.
 */
#ifndef FRS_CMD_ZOO_H
#define FRS_CMD_ZOO_H
#include "cmd/cmd.h"

/* zoo_bench.c, zoo_train.c */
frs_status cmd_zoo_bench(cmd *c, const char *const *names, int64_t n);
frs_status cmd_zoo_train(cmd *c, const char *name);

/* ---- zoo_figure.c: time against operations, bench.svg and, with Cairo, .png and .pdf */
enum { ZOO_BATCHES = 2, ZOO_LARGE = 16 };
typedef struct zoo_cost {
    const char *name;
    int64_t side, parameters;
    double operations;           /* multiplications and additions an image */
    double seconds[ZOO_BATCHES]; /* an image, of a batch of 1 and of ZOO_LARGE */
    double bytes[ZOO_BATCHES];   /* at most, weights and all */
} zoo_cost;
frs_status cmd_zoo_figure(cmd *c, const char *folder, const zoo_cost *costs, int64_t n);
#endif
