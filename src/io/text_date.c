/* Dates as people write them in tables, brought to the forms that base/dates reads. */
#include "io/text.h"
#include <string.h>

#define DATE_BYTES 40

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static int64_t digits(const char *s, int64_t n) {
    int64_t i = 0;
    while (i < n && digit(s[i])) i++;
    return i;
}

/* MM/DD/.. -> DD/MM/.. */
static bool swap_first_two(char *s, int64_t n) {
    char out[DATE_BYTES];
    const int64_t a = digits(s, n);
    if (a < 1 || a > 2 || a >= n || s[a] != '/') return false;
    const int64_t b = digits(s + a + 1, n - a - 1);
    if (b < 1 || b > 2) return false;
    memcpy(out, s + a + 1, (size_t)b);
    out[b] = '/';
    memcpy(out + b + 1, s, (size_t)a);
    memcpy(s, out, (size_t)(a + b + 1));
    return true;
}

/* 2001/2/28, 2001.02.28, 2001/02 -> with hyphens; 2001.5 stays a number */
static void year_first(char *s, int64_t n) {
    const char mark = s[4];
    const int64_t month = digits(s + 5, n - 5), second = 5 + month;
    const bool day = second < n && s[second] == mark;
    if (month < 1 || month > 2 || (!day && mark == '.')) return;
    s[4] = '-';
    if (day) s[second] = '-';
}

bool frs__text_date(const frs__cell *c, bool month_first, int64_t *time_s) {
    char s[DATE_BYTES];
    int64_t n = c->n;
    if (n < 6 || n > DATE_BYTES - 4 || !digit(c->s[0])) return false;
    memcpy(s, c->s, (size_t)n);
    if (n > 16 && memcmp(s + n - 6, "+00:00", 6) == 0) n -= 6;
    const int64_t first = digits(s, n);
    if (first == 4 && (s[4] == '/' || s[4] == '.')) year_first(s, n);
    if (first == 4 && n <= 7 && s[4] == '-' && digits(s + 5, n - 5) == n - 5) {
        memcpy(s + n, "-01", 3); /* a month */
        n += 3;
    }
    if (first == 8 && (s[0] == '0' || s[0] > '2')) return false; /* a number, not a year */
    if (month_first && first <= 2 && n > first && s[first] == '/' && !swap_first_two(s, n))
        return false;
    return frs_date_parse(s, (size_t)n, time_s) == FRS_OK;
}

bool frs__text_ymd(const frs__cell c[3], int64_t *time_s) {
    int64_t v[3];
    for (int i = 0; i < 3; i++)
        if (!frs__parse_int(c[i].s, (size_t)c[i].n, &v[i]) || v[i] < 1 || v[i] > 9999) return false;
    const frs_civil date = {.year = (int)v[0], .month = (int)v[1], .day = (int)v[2]};
    if (v[0] < 1000 || v[1] > 12 || v[2] > 31) return false;
    *time_s = frs_time_from_civil(date);
    return frs_civil_from_time(*time_s).day == date.day;
}

bool frs__text_clock(const frs__cell *c, int64_t *out) {
    char s[DATE_BYTES] = "2000-01-01T";
    int64_t t, day;
    if (c->n < 4 || c->n > 12) return false;
    memcpy(s + 11, c->s, (size_t)c->n);
    if (frs_date_parse(s, (size_t)c->n + 11, &t) != FRS_OK) return false;
    if (frs_date_parse(s, 10, &day) != FRS_OK) return false;
    *out = t - day;
    return true;
}
