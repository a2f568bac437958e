/* Time steps, and names of fields. */
#include "data/data.h"
#include <string.h>

static int64_t floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

int64_t frs__step_index(frs_step step, int64_t start_s, int64_t time_s) {
    if (step.count < 1) return 0;
    if (step.unit == FRS_STEP_SECOND) return floor_div(time_s - start_s, step.count);
    frs_civil a = frs_civil_from_time(start_s), b = frs_civil_from_time(time_s);
    int64_t months = INT64_C(12) * (b.year - a.year) + b.month - a.month;
    /* A month is whole only when the day and hour of the start have been reached in it. */
    if (frs_step_add((frs_step){1, FRS_STEP_MONTH}, start_s, months) > time_s) months--;
    return floor_div(months, step.count);
}

frs__rows frs__period_rows(frs_step step, int64_t start_s, frs_period p) {
    const int64_t far = INT64_C(1) << 40; /* 34,800 years: "from the beginning", "to the end" */
    int64_t first = p.first_s < -far ? -far : p.first_s > far ? far : p.first_s;
    int64_t last = p.last_s < -far ? -far : p.last_s > far ? far : p.last_s;
    return (frs__rows){frs__step_index(step, start_s, first - 1) + 1,
                       frs__step_index(step, start_s, last)};
}

int frs__day_of_year(int64_t time_s) {
    static const int before[12] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335};
    frs_civil c = frs_civil_from_time(time_s);
    return before[c.month - 1] + c.day - 1;
}

frs_status frs__name_copy(frs_ctx *ctx, char *to, size_t size, const char *from) {
    size_t n = from ? strlen(from) : 0;
    if (n == 0) return frs__fail(ctx, FRS_E_INPUT, _("empty name"));
    if (n >= size)
        return frs__fail(ctx, FRS_E_INPUT, _("name of %zu bytes is longer than %zu: %.40s..."), n,
                         size - 1, from);
    memset(to, 0, size);
    memcpy(to, from, n);
    return FRS_OK;
}
