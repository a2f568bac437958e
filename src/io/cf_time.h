/* CF time coordinates: "days since 1970-01-01" and a calendar. */
#ifndef FRS_IO_CF_TIME_H
#define FRS_IO_CF_TIME_H
#include "base/base.h"

/* time = origin_s + value * unit_s; seconds since 1970-01-01 UTC, proleptic Gregorian. noleap:
 * every year has 365 days, so 29 February is passed over. */
typedef struct frs__cf_time {
    int64_t origin_s;
    double unit_s;
    bool noleap;
} frs__cf_time;
/* calendar "" is the standard one. FRS_E_FORMAT units that are none, FRS_E_UNSUPPORTED a calendar
 * that has days which the world has not (360_day, all_leap); the messages have no file name: the
 * caller adds it. */
frs_status frs__cf_time_parse(frs_ctx *ctx, const char *units, const char *calendar,
                              frs__cf_time *t);
/* Seconds in a unit by its name ("days", "h"); 0: not a unit of time. */
double frs__cf_unit_s(const char *name);
/* To the nearest second; false: NaN, or outside the years 1 .. 9999. */
bool frs__cf_time_at(const frs__cf_time *t, double value, int64_t *time_s);
#endif
