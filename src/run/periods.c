/* Periods by site: a CSV file of `site,start,end`, any number of lines a site, both days included.
 * A first line that begins with `site` or `basin` is a header; `#` begins a comment. */
#include "run/run_data.h"
#include <stdlib.h>
#include <string.h>

static const int64_t file_limit = INT64_C(1) << 28;

typedef struct cell {
    const char *s;
    size_t n;
} cell;

/* The next field of a line, without blanks around it. */
static cell next_cell(const char **at, const char *end) {
    const char *s = *at, *e = s;
    while (e < end && *e != ',' && *e != ';' && *e != '\t') e++;
    *at = e < end ? e + 1 : end;
    while (s < e && (*s == ' ' || *s == '"')) s++;
    while (e > s && (e[-1] == ' ' || e[-1] == '"' || e[-1] == '\r')) e--;
    return (cell){s, (size_t)(e - s)};
}

static frs_status wrong(frs_ctx *ctx, const char *path, int64_t line, const char *expected,
                        cell found) {
    return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: expected %s, found '%.*s'"), path,
                     (long long)line, expected, found.n < 40 ? (int)found.n : 40, found.s);
}

static frs_status add(frs_ctx *ctx, frs__period_table *t, const frs__site_period *item) {
    if (t->n == t->cap) {
        const int64_t cap = t->cap ? 2 * t->cap : 64;
        void *p = frs__realloc(ctx, t->items, t->n, cap, sizeof *t->items);
        if (!p) return FRS_E_NOMEM;
        t->items = p;
        t->cap = cap;
    }
    t->items[t->n++] = *item;
    return FRS_OK;
}

static bool is_header(cell site) {
    return (site.n == 4 && strncasecmp(site.s, "site", 4) == 0) ||
           (site.n == 5 && strncasecmp(site.s, "basin", 5) == 0);
}

static frs_status read_line(frs_ctx *ctx, const char *path, int64_t line, cell all,
                            frs__period_table *t) {
    const char *at = all.s, *end = all.s + all.n;
    const cell site = next_cell(&at, end), first = next_cell(&at, end), last = next_cell(&at, end);
    frs__site_period item = {.line = line};
    if (t->n == 0 && is_header(site)) return FRS_OK;
    if (site.n == 0 || site.n > 63)
        return wrong(ctx, path, line, _("a site of 1 to 63 bytes"), site);
    memcpy(item.site, site.s, site.n);
    if (frs_date_parse(first.s, first.n, &item.period.first_s) != FRS_OK)
        return wrong(ctx, path, line, _("the first day of a period"), first);
    if (frs_date_parse(last.s, last.n, &item.period.last_s) != FRS_OK)
        return wrong(ctx, path, line, _("the last day of a period"), last);
    if (item.period.last_s < item.period.first_s)
        return wrong(ctx, path, line, _("a last day that is not before the first"), last);
    if (at < end)
        return wrong(ctx, path, line, _("site,start,end"), (cell){at, (size_t)(end - at)});
    return add(ctx, t, &item);
}

static int by_site_and_time(const void *a, const void *b) {
    const frs__site_period *x = a, *y = b;
    const int names = strcmp(x->site, y->site);
    if (names) return names;
    if (x->period.first_s != y->period.first_s)
        return x->period.first_s < y->period.first_s ? -1 : 1;
    return x->line < y->line ? -1 : 1;
}

static frs_status settle(frs_ctx *ctx, const char *path, frs__period_table *t) {
    char date[32];
    if (t->n == 0) return frs__fail(ctx, FRS_E_NODATA, _("%s: no period in it"), path);
    qsort(t->items, (size_t)t->n, sizeof *t->items, by_site_and_time);
    t->at = frs__alloc(ctx, t->n, sizeof *t->at);
    if (!t->at) return FRS_E_NOMEM;
    for (int64_t i = 0; i < t->n; i++) {
        const frs__site_period *p = &t->items[i], *before = p - 1;
        t->at[i] = p->period;
        if (i == 0 || strcmp(before->site, p->site) != 0 ||
            p->period.first_s > before->period.last_s)
            continue;
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s:%lld: site %s: the period from %s overlaps that of line %lld"), path,
                         (long long)p->line, p->site, frs_date_format(p->period.first_s, date),
                         (long long)before->line);
    }
    return FRS_OK;
}

/* NeuralHydrology keeps these periods as a pickle: a program that any reader would have to run. */
static frs_status is_pickle(frs_ctx *ctx, const char *path) {
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("%s: not text; a Python pickle is not read. Write it as CSV, in Python: "
                       "[print(b, s.date(), e.date(), sep=',', file=f) for b, p in periods.items() "
                       "for s, e in zip(p['start_dates'], p['end_dates'])]"),
                     path);
}

frs_status frs__parse_periods(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                              frs__period_table *t) {
    const char *end = text + n;
    int64_t line = 0;
    *t = (frs__period_table){0};
    if (n && (memchr(text, 0, (size_t)n) || (unsigned char)text[0] == 0x80))
        return is_pickle(ctx, path);
    if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop) stop = end;
        const char *comment = memchr(text, '#', (size_t)(stop - text)),
                   *last = comment ? comment : stop;
        while (last > text && (last[-1] == ' ' || last[-1] == '\r')) last--;
        line++;
        if (last > text)
            FRS_TRY(read_line(ctx, path, line, (cell){text, (size_t)(last - text)}, t));
        text = stop < end ? stop + 1 : end;
    }
    return settle(ctx, path, t);
}

frs_status frs__read_periods(frs_ctx *ctx, const char *path, frs__period_table *t) {
    char *text = NULL;
    int64_t n = 0;
    *t = (frs__period_table){0};
    FRS_TRY(frs__read_file(ctx, path, file_limit, &text, &n));
    const frs_status s = frs__parse_periods(ctx, path, text, n, t);
    frs__free(ctx, text);
    return s;
}

void frs__period_table_free(frs_ctx *ctx, frs__period_table *t) {
    frs__free(ctx, t->items);
    frs__free(ctx, t->at);
    *t = (frs__period_table){0};
}

frs_periods frs__periods_of(const frs__period_table *t, const char *site) {
    int64_t lo = 0, hi = t->n; /* the first that is not before the site */
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(t->items[mid].site, site) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    int64_t n = 0;
    while (lo + n < t->n && strcmp(t->items[lo + n].site, site) == 0) n++;
    return (frs_periods){n, t->at + lo};
}
