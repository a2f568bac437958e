/* CF conventions 1.8, section 4.4: "<unit> since <reference date> [time] [zone]".
 * https://cfconventions.org/Data/cf-conventions/cf-conventions-1.8/cf-conventions.html */
#include "io/cf_time.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define GREGORIAN_S                                                                                \
    INT64_C(-12219292800)             /* 1582-10-15, the first day of the Gregorian calendar       \
                                       */
#define FIRST_S INT64_C(-62135596800) /* 0001-01-01 */
#define LAST_S  INT64_C(253402300799) /* 9999-12-31T23:59:59 */

double frs__cf_unit_s(const char *word) {
    static const struct {
        const char *names;
        double s;
    } units[] = {{" day days d ", 86400},
                 {" hour hours hr hrs h ", 3600},
                 {" minute minutes min mins ", 60},
                 {" second seconds sec secs s ", 1},
                 {" millisecond milliseconds msec msecs ms ", 1e-3},
                 {" microsecond microseconds us ", 1e-6},
                 {" nanosecond nanoseconds ns ", 1e-9}};
    char key[24];
    const size_t n = strlen(word);
    if (n + 3 > sizeof key) return 0;
    key[0] = ' ';
    memcpy(key + 1, word, n);
    memcpy(key + 1 + n, " ", 2);
    for (int64_t i = 0; i < FRS_LEN(units); i++)
        if (strcasestr(units[i].names, key)) return units[i].s;
    return 0;
}

/* Digits at *p into v; false when there are none, or more than 9. */
static bool digits(const char **p, int *v) {
    int n = 0, sum = 0;
    for (; (*p)[n] >= '0' && (*p)[n] <= '9'; n++) {
        if (n == 9) return false;
        sum = 10 * sum + (*p)[n] - '0';
    }
    *p += n;
    *v = sum;
    return n > 0;
}

/* "6", "06:00", "06:00:00", "06:00:00.000" */
static bool clock_time(const char **p, int *hour, int *minute, int *second) {
    int fraction;
    if (!digits(p, hour)) return false;
    if (**p == ':' && (++*p, !digits(p, minute))) return false;
    if (**p == ':' && (++*p, !digits(p, second))) return false;
    if (**p == '.' && (++*p, (digits(p, &fraction) && fraction != 0))) return false;
    return *hour <= 24 && *minute < 60 && *second < 60;
}

/* "Z", "UTC", "GMT" or an offset east of Greenwich: "+3", "-05:30", "+0530". */
static bool zone(const char *p, int *offset_s) {
    int hour = 0, minute = 0;
    *offset_s = 0;
    if (!*p || !strcasecmp(p, "z") || !strcasecmp(p, "utc") || !strcasecmp(p, "gmt")) return true;
    const int sign = *p == '-' ? -1 : 1;
    if (*p == '-' || *p == '+') p++;
    const char *begin = p;
    if (!digits(&p, &hour)) return false;
    if (p - begin == 4) {
        minute = hour % 100;
        hour /= 100;
    } else if (*p == ':' && (++p, !digits(&p, &minute))) {
        return false;
    }
    *offset_s = sign * (hour * 3600 + minute * 60);
    return !*p && hour < 24 && minute < 60;
}

/* Days of the Julian calendar before 1582-10-15 (Fliegel & Van Flandern's count of Julian days). */
static int64_t julian_s(frs_civil c) {
    const int64_t a = (14 - c.month) / 12, y = c.year + 4800 - a, m = c.month + 12 * a - 3;
    const int64_t day = c.day + (153 * m + 2) / 5 + 365 * y + y / 4 - 32083 - 2440588;
    return day * FRS_DAY_S + c.hour * 3600 + c.minute * 60 + c.second;
}

static bool civil(const char *p, bool mixed, int64_t *time_s) {
    frs_civil c = {0};
    int offset_s;
    if (!digits(&p, &c.year) || *p++ != '-' || !digits(&p, &c.month) || *p++ != '-' ||
        !digits(&p, &c.day))
        return false;
    if (c.year < 1 || c.year > 9999 || c.month < 1 || c.month > 12 || c.day < 1) return false;
    if (*p == 'T' || *p == 't' || *p == ' ') {
        while (*++p == ' ') {}
        if (*p >= '0' && *p <= '9' && !clock_time(&p, &c.hour, &c.minute, &c.second)) return false;
    }
    while (*p == ' ') p++;
    if (!zone(p, &offset_s)) return false;
    const frs_civil date = {.year = c.year, .month = c.month, .day = c.day};
    const frs_civil back = frs_civil_from_time(frs_time_from_civil(date));
    if (back.month != c.month || back.day != c.day) return false;
    *time_s = frs_time_from_civil(c);
    if (mixed && *time_s < GREGORIAN_S) *time_s = julian_s(c);
    *time_s -= offset_s;
    return true;
}

frs_status frs__cf_time_parse(frs_ctx *ctx, const char *units, const char *calendar,
                              frs__cf_time *t) {
    const bool mixed =
        !calendar[0] || !strcasecmp(calendar, "standard") || !strcasecmp(calendar, "gregorian");
    t->noleap = !strcasecmp(calendar, "noleap") || !strcasecmp(calendar, "365_day");
    if (!mixed && !t->noleap && strcasecmp(calendar, "proleptic_gregorian") != 0)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("calendar \"%.40s\" is not supported: only standard, gregorian, "
                           "proleptic_gregorian and noleap are"),
                         calendar);
    const char *since = strcasestr(units, " since ");
    char word[24] = "";
    if (since && since - units < (ptrdiff_t)sizeof word)
        memcpy(word, units, (size_t)(since - units));
    t->unit_s = frs__cf_unit_s(word);
    const char *date = since ? since + 7 : "";
    while (*date == ' ') date++;
    if (t->unit_s > 0 && civil(date, mixed, &t->origin_s)) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("units \"%.80s\" are no time: expected such as \"days since 1970-01-01\""),
                     units);
}

/* Seconds of a calendar without leap days, from and to the world's. */
static double to_noleap(int64_t time_s) {
    static const int before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const frs_civil c = frs_civil_from_time(time_s);
    const int day = c.month == 2 && c.day == 29 ? 28 : c.day;
    const int64_t days = INT64_C(365) * c.year + before[c.month - 1] + day - 1;
    return (double)(days * FRS_DAY_S + c.hour * 3600 + c.minute * 60 + c.second);
}

static int64_t from_noleap(int64_t s) {
    const int64_t days = s / FRS_DAY_S, year = days / 365;
    const frs_civil newyear = {.year = (int)year, .month = 1, .day = 1};
    const frs_civil march = {.year = (int)year, .month = 3, .day = 1};
    const int64_t start = frs_time_from_civil(newyear);
    const bool leap = frs_time_from_civil(march) - start == 60 * FRS_DAY_S;
    const int64_t day = days % 365;
    return start + (day + (leap && day >= 59)) * FRS_DAY_S + s % FRS_DAY_S;
}

bool frs__cf_time_at(const frs__cf_time *t, double value, int64_t *time_s) {
    double s = (double)t->origin_s + round(value * t->unit_s);
    if (t->noleap) {
        s = to_noleap(t->origin_s) + round(value * t->unit_s);
        if (!(s >= 365.0 * FRS_DAY_S && s < 365.0 * FRS_DAY_S * 10000)) return false;
        s = (double)from_noleap((int64_t)s);
    }
    if (!(s >= (double)FIRST_S && s <= (double)LAST_S)) return false;
    *time_s = (int64_t)s;
    return true;
}
