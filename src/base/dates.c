/* Dates of the proleptic Gregorian calendar. Days to civil and back: Hinnant (2013), "chrono-
 * Compatible Low-Level Date Algorithms": years begin in March, eras are 400 years of 146097 days.
 */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

int64_t frs_time_from_civil(frs_civil c) {
    int64_t y = (int64_t)c.year - (c.month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    int64_t days = era * 146097 + day_of_era - 719468; /* 0000-03-01 to 1970-01-01 */
    return days * FRS_DAY_S + c.hour * INT64_C(3600) + c.minute * INT64_C(60) + c.second;
}

frs_civil frs_civil_from_time(int64_t time_s) {
    int64_t day = floor_div(time_s, FRS_DAY_S), s = time_s % FRS_DAY_S;
    if (s < 0) s += FRS_DAY_S; /* not time_s - day * 86400: that overflows at the ends of int64 */
    int64_t z = day + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153, month = mp < 10 ? mp + 3 : mp - 9;
    return (frs_civil){.year = (int)(yoe + era * 400 + (month <= 2)),
                       .month = (int)month,
                       .day = (int)(doy - (153 * mp + 2) / 5 + 1),
                       .hour = (int)(s / 3600),
                       .minute = (int)(s / 60 % 60),
                       .second = (int)(s % 60)};
}

static int month_days(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

typedef struct cursor {
    const char *s;
    size_t n;
} cursor;

/* min to max digits, as many as there are. */
static bool take_digits(cursor *c, size_t min, size_t max, int *v) {
    size_t i = 0;
    for (*v = 0; i < max && i < c->n && c->s[i] >= '0' && c->s[i] <= '9'; i++)
        *v = *v * 10 + (c->s[i] - '0');
    c->s += i;
    c->n -= i;
    return i >= min;
}

static bool take_char(cursor *c, char want) {
    if (!c->n || c->s[0] != want) return false;
    c->s++;
    c->n--;
    return true;
}

static size_t count_digits(const cursor *c) {
    size_t i = 0;
    while (i < c->n && c->s[i] >= '0' && c->s[i] <= '9') i++;
    return i;
}

static bool take_date(cursor *c, frs_civil *d) {
    size_t digits = count_digits(c);
    if (digits == 8)
        return take_digits(c, 4, 4, &d->year) && take_digits(c, 2, 2, &d->month) &&
               take_digits(c, 2, 2, &d->day);
    if (digits == 4)
        return take_digits(c, 4, 4, &d->year) && take_char(c, '-') &&
               take_digits(c, 1, 2, &d->month) && take_char(c, '-') &&
               take_digits(c, 1, 2, &d->day);
    if (!take_digits(c, 1, 2, &d->day) || !c->n) return false;
    char mark = c->s[0];
    if (mark != '/' && mark != '.') return false;
    return take_char(c, mark) && take_digits(c, 1, 2, &d->month) && take_char(c, mark) &&
           take_digits(c, 4, 4, &d->year);
}

/* HH:MM[:SS[.000]][Z]; parts of a second other than 0 cannot be kept. */
static bool take_clock(cursor *c, frs_civil *d) {
    if (!take_digits(c, 1, 2, &d->hour) || !take_char(c, ':') || !take_digits(c, 2, 2, &d->minute))
        return false;
    if (take_char(c, ':')) {
        if (!take_digits(c, 2, 2, &d->second)) return false;
        if (take_char(c, '.')) {
            if (!c->n) return false;
            while (take_char(c, '0')) {}
        }
    }
    take_char(c, 'Z');
    return true;
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

frs_status frs_date_parse(const char *text, size_t n, int64_t *time_s) {
    while (n && blank(text[0])) text++, n--;
    while (n && blank(text[n - 1])) n--;
    cursor c = {text, n};
    frs_civil d = {0};
    if (!take_date(&c, &d)) return FRS_E_FORMAT;
    if ((take_char(&c, 'T') || take_char(&c, ' ')) && !take_clock(&c, &d)) return FRS_E_FORMAT;
    if (c.n) return FRS_E_FORMAT;
    if (d.year < 1 || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > month_days(d.year, d.month) || d.hour > 23 || d.minute > 59 || d.second > 59)
        return FRS_E_FORMAT;
    *time_s = frs_time_from_civil(d);
    return FRS_OK;
}

char *frs_date_format(int64_t time_s, char *buf) {
    frs_civil c = frs_civil_from_time(time_s);
    int n = snprintf(buf, 32, "%04d-%02d-%02d", c.year, c.month, c.day);
    if (n < 0 || n >= 32 || (!c.hour && !c.minute && !c.second)) return buf;
    if (c.second)
        snprintf(buf + n, (size_t)(32 - n), "T%02d:%02d:%02d", c.hour, c.minute, c.second);
    else
        snprintf(buf + n, (size_t)(32 - n), "T%02d:%02d", c.hour, c.minute);
    return buf;
}
