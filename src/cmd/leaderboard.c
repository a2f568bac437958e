/* The test scores of a run in short: a model a row, the median over the sites, beside the first
 * score its 95 % interval or, of several sites, the quartiles. A forecast shows the NSE of some
 * leads, the first and the last among them. Read from scores.csv; the tests follow. */
#include "cmd/cmd.h"
#include "report/csv.h"
#include "report/files.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MODELS = 64, MAX_COLUMNS = 8, LOW = MAX_COLUMNS, HIGH };
static const char *const simulation_metrics[] = {"NSE", "KGE", "log-NSE", "RMSE", "PBIAS"};

typedef struct score {
    int model, column;
    double value;
} score;
typedef struct board {
    frs_ctx *ctx;
    int n_models, n_columns;
    char models[MAX_MODELS][64];
    char metrics[MAX_COLUMNS][32]; /* of a column */
    int64_t leads[MAX_COLUMNS];
    int64_t last_lead;
    score *scores;
    int64_t n, cap;
} board;

typedef frs_status (*visit)(board *b, char **field, int64_t lead, double value);

static frs_status each_score(board *b, const char *path, visit each) {
    frs_csv csv;
    bool there, more = true;
    char *f[10];
    int columns = 9;
    FRS_TRY(frs__csv_open(b->ctx, path, FRS_SCORES_HEADER, &there, &csv));
    if (!there) return frs__fail(b->ctx, FRS_E_IO, _("%s: there is no such file"), path);
    frs_status s = frs__scores_header(&csv, f, &columns);
    while (s == FRS_OK && more) {
        int64_t lead = 0;
        double value = NAN;
        s = frs__csv_row(&csv, f, columns, &more);
        if (s != FRS_OK || !more) break;
        s = frs__csv_get_int(&csv, f[2], &lead);
        if (s == FRS_OK) s = frs__csv_get_number(&csv, f[6], &value);
        const bool whole = !f[9] || !*f[9]; /* not a season or a class of flow */
        if (s == FRS_OK && whole && strcmp(f[3], "test") == 0) s = each(b, f, lead, value);
    }
    frs__csv_close(&csv);
    return s;
}

static int model_of(const board *b, const char *name) {
    for (int i = 0; i < b->n_models; i++)
        if (strcmp(b->models[i], name) == 0) return i;
    return -1;
}

static frs_status first_look(board *b, char **f, int64_t lead, double value) {
    (void)value;
    if (lead > b->last_lead) b->last_lead = lead;
    if (model_of(b, f[4]) < 0 && b->n_models < MAX_MODELS)
        snprintf(b->models[b->n_models++], sizeof b->models[0], "%.63s", f[4]);
    return FRS_OK;
}

static void choose_columns(board *b) {
    const int64_t L = b->last_lead;
    if (L == 0) {
        b->n_columns = (int)FRS_LEN(simulation_metrics);
        for (int i = 0; i < b->n_columns; i++)
            snprintf(b->metrics[i], sizeof b->metrics[i], "%s", simulation_metrics[i]);
        return;
    }
    b->n_columns = (int)(L < MAX_COLUMNS ? L : MAX_COLUMNS);
    for (int i = 0; i < b->n_columns; i++) {
        snprintf(b->metrics[i], sizeof b->metrics[i], "NSE");
        b->leads[i] = L <= MAX_COLUMNS ? i + 1 : 1 + i * (L - 1) / (MAX_COLUMNS - 1);
    }
}

static frs_status keep(board *b, int model, int column, double value) {
    if (isnan(value)) return FRS_OK;
    if (b->n == b->cap) {
        const int64_t cap = b->cap ? 2 * b->cap : 256;
        score *more = frs__realloc(b->ctx, b->scores, b->n, cap, sizeof *more);
        if (!more) return FRS_E_NOMEM;
        b->scores = more;
        b->cap = cap;
    }
    b->scores[b->n++] = (score){model, column, value};
    return FRS_OK;
}

static double field(const char *text) {
    double v;
    return frs__parse_double(text, strlen(text), '.', &v) ? v : (double)NAN;
}

static frs_status second_look(board *b, char **f, int64_t lead, double value) {
    const int model = model_of(b, f[4]);
    for (int c = 0; c < b->n_columns; c++) {
        if (lead != b->leads[c] || strcmp(f[5], b->metrics[c]) != 0) continue;
        FRS_TRY(keep(b, model, c, value));
        if (c > 0) continue;
        FRS_TRY(keep(b, model, LOW, field(f[7])));
        FRS_TRY(keep(b, model, HIGH, field(f[8])));
    }
    return FRS_OK;
}

static int by_model_column_value(const void *x, const void *y) {
    const score *a = x, *b = y;
    if (a->model != b->model) return a->model - b->model;
    if (a->column != b->column) return a->column - b->column;
    return (a->value > b->value) - (a->value < b->value);
}

/* Scores are sorted: one model's and column's stand together, in order of value. *n of them. */
static double quantile(const board *b, int model, int column, double q, int64_t *found) {
    int64_t first = 0;
    while (first < b->n && (b->scores[first].model != model || b->scores[first].column != column))
        first++;
    int64_t n = 0;
    while (first + n < b->n && b->scores[first + n].model == model &&
           b->scores[first + n].column == column)
        n++;
    const score *s = b->scores + first;
    *found = n;
    if (n == 0) return (double)NAN;
    const double h = q * (double)(n - 1), below = floor(h);
    const double from = s[(int64_t)below].value, to = s[(int64_t)ceil(h)].value;
    return from + (h - below) * (to - from);
}

/* Cells of a model: its name, the first score and what lies about it, the other scores. */
static void row(const board *b, term_table *tab, int m) {
    char numbers[MAX_COLUMNS + 2][40];
    const char *cells[MAX_COLUMNS + 3] = {b->models[m]};
    int64_t sites, n;
    for (int i = 0; i < b->n_columns; i++)
        cells[i ? i + 3 : 1] =
            term_number(quantile(b, m, i, 0.5, i ? &n : &sites), 3, numbers[i ? i + 2 : 0]);
    const bool one = sites == 1;
    cells[2] = term_number(quantile(b, m, one ? LOW : 0, one ? 0.5 : 0.25, &n), 3, numbers[1]);
    cells[3] = term_number(quantile(b, m, one ? HIGH : 0, one ? 0.5 : 0.75, &n), 3, numbers[2]);
    term_row(tab, cells);
}

static frs_status print(cmd *c, board *b) {
    char titles[MAX_COLUMNS][48], low[64], high[64];
    term_table tab = {.memory.ctx = b->ctx, .name = "score", .n_columns = b->n_columns + 3};
    int64_t sites = 0;
    tab.columns[0] = (term_column){"model", _("Model"), false};
    for (int i = 0; i < b->n_columns; i++) {
        if (b->last_lead)
            snprintf(titles[i], sizeof titles[i], "NSE_%lld", (long long)b->leads[i]);
        else
            snprintf(titles[i], sizeof titles[i], "%s", b->metrics[i]);
        tab.columns[i ? i + 3 : 1] = (term_column){titles[i], titles[i], true};
    }
    if (b->n) qsort(b->scores, (size_t)b->n, sizeof *b->scores, by_model_column_value);
    for (int m = 0; m < b->n_models && sites < 2; m++) quantile(b, m, 0, 0.5, &sites);
    snprintf(low, sizeof low, "%s_low", titles[0]);
    snprintf(high, sizeof high, "%s_high", titles[0]);
    tab.columns[2] = (term_column){low, sites > 1 ? "25 %" : "2.5 %", true};
    tab.columns[3] = (term_column){high, sites > 1 ? "75 %" : "97.5 %", true};
    for (int m = 0; m < b->n_models; m++) row(b, &tab, m);
    return term_table_print(&c->t, &tab, false);
}

frs_status cmd_leaderboard(cmd *c, const char *folder) {
    board *b = frs__alloc(c->ctx, 1, sizeof *b);
    char *path = frs__path_join(c->ctx, folder, "scores.csv");
    frs_status s = b && path ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        b->ctx = c->ctx;
        s = each_score(b, path, first_look);
    }
    if (s == FRS_OK) {
        choose_columns(b);
        s = each_score(b, path, second_look);
    }
    if (s == FRS_OK) s = print(c, b);
    if (s == FRS_OK) s = cmd_verdict(c, folder);
    if (b) frs__free(c->ctx, b->scores);
    frs__free(c->ctx, path);
    frs__free(c->ctx, b);
    return s;
}
