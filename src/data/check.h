/* What the files of `check` share: one site's rows, and how findings are written. */
#ifndef FRS_DATA_CHECK_H
#define FRS_DATA_CHECK_H
#include "data/samples.h"

/* One site and the rows of the period that lie in its record (lo > hi: none). */
typedef struct frs__checked {
    frs_ctx *ctx;
    const frs_check_opts *o;
    frs_store_site at;
    frs_step step;
    int n_vars;
    frs__rows rows, training; /* clipped to the record */
    frs_findings *out;
} frs__checked;

/* One variable of it; `what` it is decides which checks make sense. */
typedef enum frs__role { FRS_ROLE_INPUT, FRS_ROLE_RAIN, FRS_ROLE_TARGET } frs__role;
typedef struct frs__column {
    int index;
    frs__role role;
    frs_var var;
} frs__column;

static inline float frs__value(const frs__checked *c, int column, int64_t row) {
    return c->at.values[row * c->n_vars + column];
}
static inline int64_t frs__row_time(const frs__checked *c, int64_t row) {
    return frs_step_add(c->step, c->at.start_s, row);
}

/* Stretches of consecutive rows: how many, how many rows, the longest. */
typedef struct frs__stretches {
    int64_t n, rows, longest, longest_row;
} frs__stretches;
void frs__stretch_add(frs__stretches *s, int64_t first_row, int64_t n);

/* A new finding at the end of the list; text and action are filled in by the next two. */
frs_finding *frs__finding_new(frs_ctx *ctx, frs_findings *out, frs_severity severity,
                              const char *code);
void frs__finding_text(frs_finding *f, const char *fmt, ...) FRS_PRINTF(2, 3);
void frs__finding_action(frs_finding *f, const char *fmt, ...) FRS_PRINTF(2, 3);
/* For a site's variable (var NULL: the site itself). */
frs_finding *frs__site_finding(const frs__checked *c, const char *var, frs_severity severity,
                               const char *code);
/* A number with so many decimals, '.' whatever the locale. buf >= 40 bytes. */
char *frs__decimal(double v, int decimals, char *buf);

frs_status frs__check_values(const frs__checked *c, const frs__column *v);     /* check_values.c */
frs_status frs__check_flow_shape(const frs__checked *c, const frs__column *v); /* check_flow.c */
frs_status frs__check_water(const frs__checked *c, const frs__column *rain,
                            const frs__column *flow); /* check_water.c */
#endif
