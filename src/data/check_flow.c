/* Flow that was drawn, not measured: days on a straight line. Where readings are rare (under ice)
 * the days between are interpolated, and then tomorrow's value is already in today's: a forecast's
 * score over such days says nothing. */
#include "data/check.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>

static const int64_t LINE_STEPS = 4;     /* values on one line: three equal steps */
static const double CHANCE_SHARE = 0.05; /* rounded recessions give up to this by chance */

/* a, b, c one after another lie on a line that is not level, within the rounding of a float. */
static bool on_line(double a, double b, double c) {
    double size = fabs(a) + 2 * fabs(b) + fabs(c);
    return fabs(a - 2 * b + c) <= 4 * (double)FLT_EPSILON * size && a != b;
}

frs_status frs__check_flow_shape(const frs__checked *c, const frs__column *v) {
    frs__stretches lines = {0};
    int64_t bends = 0, n = 0; /* consecutive middle points on a line */
    for (int64_t r = c->rows.lo; r <= c->rows.hi; r++) {
        n += !isnan(frs__value(c, v->index, r));
        bool middle = r > c->rows.lo && r < c->rows.hi &&
                      on_line(frs__value(c, v->index, r - 1), frs__value(c, v->index, r),
                              frs__value(c, v->index, r + 1));
        if (middle) {
            bends++;
            continue;
        }
        if (bends + 2 >= LINE_STEPS) frs__stretch_add(&lines, r - bends - 1, bends + 2);
        bends = 0;
    }
    if (lines.n == 0) return FRS_OK;
    double share = (double)lines.rows / (double)n;
    if (share < 0.01) return FRS_OK;
    char percent[40], day[32];
    frs_severity severity = share >= CHANCE_SHARE ? FRS_WARNING : FRS_NOTE;
    frs_finding *f = frs__site_finding(c, v->var.name, severity, "interpolated");
    if (!f) return FRS_E_NOMEM;
    f->count = lines.rows;
    f->longest = lines.longest;
    f->first_s = frs__row_time(c, lines.longest_row);
    f->value = share;
    frs__finding_text(f,
                      _("%s: values on straight lines, %" PRId64 " or more on one: %s %% of the "
                        "record; the longest line in steps: %" PRId64 ", from %s"),
                      v->var.name, LINE_STEPS, frs__decimal(100 * share, 1, percent), lines.longest,
                      frs_date_format(f->first_s, day));
    if (severity == FRS_WARNING)
        frs__finding_action(f, _("used as it is; probably interpolated between rare readings: "
                                 "judge forecasts by the rest of the year"));
    else
        frs__finding_action(f, _("used as it is"));
    return FRS_OK;
}
