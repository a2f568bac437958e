/* How a file of text is laid out: delimiter, header, where the dates are. Decided on its first
 * lines by what most of them agree on, so that one bad line is an error there, not another layout.
 */
#include "io/text.h"
#include <string.h>

#define SAMPLE      64 /* lines looked at */
#define MAX_PREFACE 16 /* lines before the table */

/* The likelier first; blanks part only what nothing else does. */
static const char delimiters[] = "\t;, ";

typedef struct sample {
    frs__lines line[SAMPLE];
    int64_t n;
    int64_t head;     /* the line where the table begins */
    int64_t first;    /* of data: head, or head + 1 when that is taken for a header */
    frs__cell *cells; /* [FRS_TEXT_COLUMNS] of the line split last */
    int64_t n_cells;
} sample;

static bool split(sample *p, int64_t i, char delimiter) {
    p->n_cells = frs__split(p->line[i].s, p->line[i].len, delimiter, p->cells);
    return p->n_cells > 1 && p->n_cells <= FRS_TEXT_COLUMNS;
}

/* Whether cell c begins a date: in one column (parts 1), or year, month, day in three. */
static bool date_at(const sample *p, int64_t c, int parts) {
    int64_t t;
    if (parts == 1)
        return frs__text_date(&p->cells[c], false, &t) || frs__text_date(&p->cells[c], true, &t);
    const frs__layout l = {.date = -1,
                           .clock = -1,
                           .year = (int)c,
                           .month = (int)c + 1,
                           .day = (int)c + 2,
                           .hour = -1};
    return p->n_cells > c + 3 && frs__layout_time(&l, p->cells, false, &t);
}

/* The leftmost column where most data lines have a date; -1: there is none. */
static int64_t find_date(sample *p, char delimiter, int parts, int64_t *hits) {
    static const int64_t look = 64; /* dates further to the right are not looked for */
    int64_t count[64] = {0}, best = -1;
    for (int64_t i = p->first; i < p->n; i++) {
        if (!split(p, i, delimiter)) continue;
        for (int64_t c = 0; c < p->n_cells && c < look; c++) count[c] += date_at(p, c, parts);
    }
    for (int64_t c = 0; c < look; c++)
        if (count[c] > (best < 0 ? 0 : count[best])) best = c;
    *hits = best < 0 ? 0 : count[best];
    return *hits * 2 > p->n - p->first ? best : -1;
}

static int named(const sample *p, const char *const *words) {
    for (int64_t c = 0; c < p->n_cells; c++)
        for (const char *const *w = words; *w; w++)
            if (frs__cell_is(&p->cells[c], *w)) return (int)c;
    return -1;
}

/* An hour that never changes is no time of day but a mark of the daily mean. */
static void find_hour(sample *p, frs__layout *l) {
    static const char *const hour[] = {"hour", "hr", "hh", NULL};
    frs__cell first = {0};
    l->whole_days = true;
    if (p->first == p->head || !split(p, p->head, l->delimiter)) return;
    l->hour = named(p, hour);
    for (int64_t i = p->first; i < p->n && l->hour >= 0; i++) {
        if (!split(p, i, l->delimiter) || p->n_cells <= l->hour) continue;
        const frs__cell c = p->cells[l->hour];
        if (!first.s) first = c;
        l->whole_days &= c.n == first.n && memcmp(c.s, first.s, (size_t)c.n) == 0;
    }
}

/* A header that says year and month, in any order; day if there is. */
static bool named_parts(sample *p, char delimiter, frs__layout *l) {
    static const char *const year[] = {"year", "yr", "yyyy", NULL};
    static const char *const month[] = {"month", "mnth", "mon", "mo", "mm", NULL};
    static const char *const day[] = {"day", "dy", "dd", NULL};
    if (p->first == p->head || !split(p, p->head, delimiter)) return false;
    l->year = named(p, year);
    l->month = named(p, month);
    l->day = named(p, day);
    return l->year >= 0 && l->month >= 0;
}

static void find_clock(sample *p, frs__layout *l) {
    int64_t hits = 0, s;
    for (int64_t i = p->first; i < p->n; i++)
        hits += split(p, i, l->delimiter) && p->n_cells > l->date + 2 &&
                frs__text_clock(&p->cells[l->date + 1], &s);
    l->clock = hits * 2 > p->n - p->first ? l->date + 1 : -1;
}

static bool find_with(sample *p, char delimiter, frs__layout *l) {
    int64_t hits;
    *l = (frs__layout){.delimiter = delimiter, .clock = -1};
    l->year = l->month = l->day = l->hour = -1;
    l->date = (int)find_date(p, delimiter, 1, &hits);
    if (l->date >= 0) {
        find_clock(p, l);
        if (l->clock < 0) find_hour(p, l);
        return true;
    }
    if (named_parts(p, delimiter, l)) {
        find_hour(p, l);
        return true;
    }
    const int64_t at = find_date(p, delimiter, 3, &hits);
    l->year = l->month = l->day = l->hour = -1;
    if (at < 0) return false;
    l->year = (int)at;
    l->month = (int)at + 1;
    l->day = (int)at + 2;
    return true;
}

/* What the columns hold in the lines looked at: text and never a number is a flag or a name. */
static void find_text(sample *p, frs__layout *l) {
    bool number[FRS_TEXT_COLUMNS] = {0};
    for (int64_t i = p->first; i < p->n; i++) {
        if (!split(p, i, l->delimiter)) continue;
        for (int64_t c = 0; c < p->n_cells; c++) {
            char decimal = 0;
            double v;
            const frs__cell_kind k = frs__cell_read(&p->cells[c], &decimal, &v);
            number[c] |= k == FRS_CELL_NUMBER;
            l->text[c] |= k == FRS_CELL_TEXT;
        }
    }
    for (int64_t c = 0; c < FRS_TEXT_COLUMNS; c++) {
        l->empty[c] = !l->text[c] && !number[c];
        l->text[c] &= !number[c];
    }
}

/* A header begins with no digit anywhere where data have their date. */
static bool is_header(sample *p, const frs__layout *l) {
    const int64_t c = l->date >= 0 ? l->date : l->year;
    if (!split(p, p->head, l->delimiter) || p->n_cells <= c) return true;
    const frs__cell *a = &p->cells[c];
    return a->n == 0 || a->s[0] < '0' || a->s[0] > '9';
}

static frs_status no_dates(frs_ctx *ctx, const char *path, sample *p) {
    char buf[64];
    const frs__lines *l = &p->line[p->n > 1];
    const frs__cell c = {l->s, l->len, false};
    for (const char *d = delimiters; *d; d++)
        if (!split(p, 0, *d) && p->n_cells > FRS_TEXT_COLUMNS)
            return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: more than %d columns"), path,
                             (long long)p->line[0].number, FRS_TEXT_COLUMNS);
    return frs__fail(
        ctx, FRS_E_FORMAT,
        _("%s:%lld: expected a column of dates (as 2001-02-28) and a column of numbers, "
          "found '%s'"),
        path, (long long)l->number, frs__cell_text(&c, buf));
}

/* Lines of one cell before the table (a station's latitude, a title) are not part of it. */
static int64_t find_head(sample *p, char delimiter) {
    int64_t i = 0, t;
    while (i < p->n && i < MAX_PREFACE && !split(p, i, delimiter) && p->n_cells == 1 &&
           !frs__text_date(&p->cells[0], false, &t))
        i++;
    return i < p->n && p->n_cells > 1 ? i : 0;
}

static int last_time_column(const frs__layout *l) {
    const int c[] = {l->date, l->clock, l->year, l->month, l->day, l->hour};
    int last = 0;
    for (int i = 0; i < FRS_LEN(c); i++)
        if (c[i] > last) last = c[i];
    return last;
}

static frs_status settle(frs_ctx *ctx, const char *path, sample *p, frs__layout *l) {
    l->header = is_header(p, l);
    l->preface = p->head;
    p->first = p->head + l->header;
    find_text(p, l);
    split(p, p->head, l->delimiter);
    l->n_columns = p->n_cells;
    const int need = last_time_column(l) + 1;
    if (p->n_cells < 0 || p->n_cells >= need) return FRS_OK; /* < 0: a quote, told by who reads */
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("%s:%lld: expected at least %d columns as in the lines below, found %lld"),
                     path, (long long)p->line[p->head].number, need, (long long)p->n_cells);
}

static frs_status find(frs_ctx *ctx, const char *path, sample *p, frs__layout *l) {
    for (const char *d = delimiters; *d; d++) {
        p->head = find_head(p, *d);
        for (p->first = p->head + (p->n > p->head + 1); p->first >= p->head; p->first--)
            if (find_with(p, *d, l)) return settle(ctx, path, p, l);
    }
    return no_dates(ctx, path, p);
}

frs_status frs__layout_find(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                            frs__layout *l) {
    sample *p = frs__alloc(ctx, 1, sizeof *p);
    if (!p) return FRS_E_NOMEM;
    p->cells = frs__alloc(ctx, FRS_TEXT_COLUMNS, sizeof *p->cells);
    frs_status s = p->cells ? FRS_OK : FRS_E_NOMEM;
    frs__lines at = frs__lines_begin(text, n);
    while (s == FRS_OK && p->n < SAMPLE && frs__lines_next(&at)) p->line[p->n++] = at;
    if (s == FRS_OK)
        s = p->n ? find(ctx, path, p, l)
                 : frs__fail(ctx, FRS_E_FORMAT, _("%s: no line of data"), path);
    frs__free(ctx, p->cells);
    frs__free(ctx, p);
    return s;
}

/* ---- the time of a row */

bool frs__layout_is_time(const frs__layout *l, int64_t c) {
    return c == l->date || c == l->clock || c == l->year || c == l->month || c == l->day ||
           c == l->hour;
}

static bool part(const frs__cell *cells, int column, int64_t low, int64_t high, int *v) {
    int64_t i;
    const frs__cell *c = &cells[column];
    if (!frs__parse_int(c->s, (size_t)c->n, &i) || i < low || i > high) return false;
    *v = (int)i;
    return true;
}

bool frs__layout_time(const frs__layout *l, const frs__cell *cells, bool month_first,
                      int64_t *time_s) {
    int64_t clock = 0;
    int hour = 0;
    if (l->date >= 0) {
        if (!frs__text_date(&cells[l->date], month_first, time_s)) return false;
        if (l->clock >= 0 && !frs__text_clock(&cells[l->clock], &clock)) return false;
        if (l->hour >= 0 && !part(cells, l->hour, 0, 23, &hour)) return false;
        *time_s += clock + (l->whole_days ? 0 : hour * INT64_C(3600));
        return true;
    }
    frs_civil c = {.day = 1};
    if (!part(cells, l->year, 1000, 9999, &c.year) || !part(cells, l->month, 1, 12, &c.month))
        return false;
    if (l->day >= 0 && !part(cells, l->day, 1, 31, &c.day)) return false;
    if (l->hour >= 0 && !part(cells, l->hour, 0, 23, &c.hour)) return false;
    if (l->whole_days) c.hour = 0;
    *time_s = frs_time_from_civil(c);
    return frs_civil_from_time(*time_s).day == c.day;
}
