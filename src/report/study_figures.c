/* Figures of the study. */
#include "report/study.h"
#include "stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const colours[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
enum { N_COLOURS = 8, MAX_SEASON_LINES = 6, PAPER = 17 };

static frs_svg small_figure(void) {
    return (frs_svg){.w = 420, .h = 270, .left = 54, .right = 22, .top = 14, .bottom = 42};
}

static void cover(frs_axis *a, const double *v, int64_t n) {
    for (int64_t i = 0; v && i < n; i++) frs__axis_cover(a, v[i]);
}

/* Where floods would press the rest to the ground, the axis is logarithmic. */
static void flow_scale(frs_axis *y) {
    if (y->lo > 0 && y->hi > 30 * y->lo)
        y->scale = FRS_LOG;
    else if (y->lo > 0 && y->lo < 0.6 * y->hi)
        y->lo = 0;
    frs__axis_nice(y);
}

/* ---- probability paper: places of shares, in normal quantiles; sign -1: rare to the right */
typedef struct paper {
    frs_mark marks[PAPER];
    char texts[PAPER][12];
} paper;

static void make_paper(paper *k, double sign) {
    static const double share[PAPER] = {0.1, 0.2, 0.5, 1,  2,  5,    10,   20,  50,
                                        80,  90,  95,  98, 99, 99.5, 99.8, 99.9};
    for (int i = 0; i < PAPER; i++) {
        const double p = share[sign > 0 ? i : PAPER - 1 - i];
        frs__fixed(p, p < 1 || p > 99 ? 1 : 0, k->texts[i]);
        k->marks[i] = (frs_mark){sign * frs__normal_quantile(p / 100), k->texts[i]};
    }
}

/* Normal quantiles of shares, in out. */
static void on_paper(const double *share, int64_t n, double sign, double *out) {
    for (int64_t i = 0; i < n; i++)
        out[i] = share[i] > 0 && share[i] < 1 ? sign * frs__normal_quantile(share[i]) : NAN;
}

/* ---- regime */
void frs__month_marks(int first, frs_mark marks[12]) {
    static const char *const months[] = {N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"),
                                         N_("May"), N_("Jun"), N_("Jul"), N_("Aug"),
                                         N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")};
    for (int i = 0; i < 12; i++) marks[i] = (frs_mark){i + 0.5, _(months[(first + 11 + i) % 12])};
}

void frs__figure_regime(frs_page *p, const frs_study *s) {
    int64_t n;
    const double *x = frs__study_column_of(s, "regime", "month", &n);
    if (!x) return;
    const double *mean = x + n, *q05 = x + 2 * n, *q25 = x + 3 * n, *median = x + 4 * n,
                 *q75 = x + 5 * n, *q95 = x + 6 * n;
    frs_mark marks[12];
    char label[120];
    frs_svg f = small_figure();
    frs__month_marks(s->year_start, marks);
    f.x = (frs_axis){0, 12, FRS_LINEAR, NULL};
    f.marks_x = marks;
    f.n_marks_x = 12;
    f.bottom = 24;
    f.y = frs__axis_empty(FRS_LINEAR, frs__study_unit_text(s, label, sizeof label));
    cover(&f.y, q05, n);
    cover(&f.y, q95, n);
    cover(&f.y, mean, n);
    flow_scale(&f.y);
    const char *keys[] = {_("median"), _("mean"), _("half of the days"), _("9 days of 10")};
    for (int i = 0; i < 4; i++) frs__svg_reserve(&f, keys[i]);
    frs__figure(p, &f, _("Yearly regime"),
                _("Flow by five days of the hydrological year: median, mean and quantiles."));
    frs__svg_band(&f, "c1", x, q05, q95, n);
    frs__svg_band(&f, "c1", x, q25, q75, n);
    frs__svg_line(&f, "c2 thin", x, mean, n);
    frs__svg_line(&f, "c1", x, median, n);
    frs__svg_legend(&f, "c1", keys[0]);
    frs__svg_legend(&f, "c2", keys[1]);
    frs__svg_legend(&f, "c1 deep", keys[2]);
    frs__svg_legend(&f, "c1 pale", keys[3]);
    frs__figure_end(p, &f, _("Yearly regime"));
}

/* ---- duration */
static int season_columns(const frs_study_table *t) {
    return t->n_columns - 1 < MAX_SEASON_LINES ? t->n_columns - 1 : MAX_SEASON_LINES;
}

void frs__figure_duration(frs_page *p, const frs_study *s) {
    const frs_study_table *t = frs_study_table_find(s, "duration");
    double x[256];
    paper k;
    char label[120];
    if (!t || t->n > 256) return;
    make_paper(&k, 1);
    on_paper(t->values, t->n, 1, x);
    frs_svg f = small_figure();
    f.x = (frs_axis){x[0], x[t->n - 1], FRS_LINEAR, _("share of time exceeded, %")};
    f.marks_x = k.marks;
    f.n_marks_x = PAPER;
    f.y = frs__axis_empty(FRS_LOG, frs__study_unit_text(s, label, sizeof label));
    for (int c = 1; c <= season_columns(t); c++) cover(&f.y, t->values + c * t->n, t->n);
    frs__axis_nice(&f.y);
    for (int c = 1; c <= season_columns(t); c++)
        frs__svg_reserve(&f, frs__season_title(t->columns[c]));
    frs__figure(p, &f, _("Flow-duration curves"),
                _("Flow against the share of time in which it is exceeded, logarithmic."));
    for (int c = season_columns(t); c >= 1; c--)
        frs__svg_line(&f, colours[(c - 1) % N_COLOURS], x, t->values + c * t->n, t->n);
    for (int c = 1; c <= season_columns(t); c++)
        frs__svg_legend(&f, colours[(c - 1) % N_COLOURS], frs__season_title(t->columns[c]));
    frs__figure_end(p, &f, _("Flow-duration curves, on probability paper"));
}

/* ---- dependence */
void frs__figure_correlogram(frs_page *p, const frs_study *s, bool partial) {
    const frs_study_table *t = frs_study_table_find(s, "acf");
    if (!t || t->n < 2) return;
    const double *x = t->values, *r = x + (partial ? 3 : 1) * t->n, *bound = r + t->n;
    double below[512];
    const int64_t n = partial ? t->n / 2 : t->n; /* the partial one is short */
    const double zero[2][2] = {{x[0], 0}, {x[n - 1], 0}};
    if (n < 2 || n > 512) return;
    for (int64_t i = 0; i < n; i++) below[i] = -bound[i];
    frs_svg f = small_figure();
    const char *title =
        partial ? _("Partial autocorrelation of flow") : _("Autocorrelation of flow");
    f.x = (frs_axis){x[0], x[n - 1], FRS_LINEAR, _("lag, days")};
    f.y = frs__axis_empty(FRS_LINEAR, NULL);
    f.left = 40;
    cover(&f.y, r, n);
    frs__axis_cover(&f.y, -0.2);
    frs__axis_nice(&f.y);
    frs__svg_reserve(&f, _("95 % bound of no correlation"));
    frs__figure(p, &f, title, _("Correlation of the flow with itself so many days before."));
    frs__svg_band(&f, "c0", x, below, bound, n);
    frs__svg_segment(&f, "one", zero[0], zero[1]);
    for (int64_t i = 1; i < n; i++)
        frs__svg_segment(&f, "c1", (double[]){x[i], 0}, (double[]){x[i], r[i]});
    frs__svg_legend(&f, "c0 pale", _("95 % bound of no correlation"));
    frs__figure_end(p, &f, title);
}

void frs__figure_response(frs_page *p, const frs_study *s) {
    const frs_study_table *t = frs_study_table_find(s, "ccf");
    if (!t || t->n < 2) return;
    frs_svg f = small_figure();
    const int n = t->n_columns - 1 < N_COLOURS - 1 ? t->n_columns - 1 : N_COLOURS - 1;
    f.x = (frs_axis){t->values[0], t->values[t->n - 1], FRS_LINEAR,
                     _("days from the input to the flow")};
    f.y = frs__axis_empty(FRS_LINEAR, NULL);
    f.left = 40;
    frs__axis_cover(&f.y, 0);
    for (int c = 1; c <= n; c++) cover(&f.y, t->values + c * t->n, t->n);
    frs__axis_nice(&f.y);
    for (int c = 1; c <= n; c++) frs__svg_reserve(&f, t->columns[c]);
    frs__figure(p, &f, _("Response of the flow to the inputs"),
                _("Correlation of the flow with each input so many days before, both without their "
                  "yearly cycle."));
    frs__svg_segment(&f, "one", (double[]){t->values[0], 0}, (double[]){t->values[t->n - 1], 0});
    for (int c = 1; c <= n; c++)
        frs__svg_line(&f, colours[c], t->values, t->values + c * t->n, t->n);
    for (int c = 1; c <= n; c++) frs__svg_legend(&f, colours[c], t->columns[c]);
    frs__figure_end(p, &f, _("Correlation with each input, both without their yearly cycle"));
}

/* ---- baseflow: the year whose mean flow is nearest to the median of the years */
static bool median_year(const frs_study *s, int64_t *first_s, int64_t *last_s) {
    int64_t n;
    const double *year = frs__study_column_of(s, "yearly", "year", &n);
    const double *mean = frs__study_column_of(s, "yearly", "mean year", &n);
    if (!year || !mean) return false;
    int64_t best = -1, least = INT64_MAX;
    for (int64_t i = 0; i < n; i++) {
        int64_t more = 0;
        if (!isfinite(mean[i])) continue;
        for (int64_t j = 0; j < n; j++) more += mean[j] > mean[i] ? 1 : mean[j] < mean[i] ? -1 : 0;
        if (llabs(more) < least) {
            least = llabs(more);
            best = i;
        }
    }
    if (best < 0) return false;
    const int start = s->year_start, y = (int)year[best] - (start > 1);
    *first_s = frs_time_from_civil((frs_civil){.year = y, .month = start, .day = 1});
    *last_s = frs_time_from_civil((frs_civil){.year = y + 1, .month = start, .day = 1}) - 1;
    return true;
}

void frs__figure_baseflow(frs_page *p, const frs_study *s) {
    const frs_study_table *t = frs_study_table_find(s, "baseflow");
    int64_t first, last, from = 0, to;
    char label[120];
    if (!t || !median_year(s, &first, &last)) return;
    while (from < t->n && t->values[from] < (double)first) from++;
    for (to = from; to < t->n && t->values[to] <= (double)last; to++) continue;
    if (to - from < 2) return;
    const double *x = t->values + from, *flow = t->values + t->n + from,
                 *base = t->values + 2 * t->n + from;
    double *zero = frs__alloc(p->ctx, to - from, sizeof *zero);
    if (!zero) {
        p->status = FRS_E_NOMEM;
        return;
    }
    frs_svg f = small_figure();
    f.bottom = 24;
    f.x = (frs_axis){x[0], x[to - from - 1], FRS_TIME, NULL};
    f.y = frs__axis_empty(FRS_LINEAR, frs__study_unit_text(s, label, sizeof label));
    cover(&f.y, flow, to - from);
    frs__axis_cover(&f.y, 0);
    frs__axis_nice(&f.y);
    frs__svg_reserve(&f, _("flow"));
    frs__svg_reserve(&f, _("baseflow"));
    frs__figure(p, &f, _("Baseflow"), _("Flow and baseflow in the year of middling flow."));
    frs__svg_band(&f, "c3", x, zero, base, to - from);
    frs__svg_line(&f, "c3 thin", x, base, to - from);
    frs__svg_line(&f, "c1 thin", x, flow, to - from);
    frs__svg_legend(&f, "c1", _("flow"));
    frs__svg_legend(&f, "c3", _("baseflow"));
    frs__figure_end(p, &f, _("Baseflow in the year of middling flow"));
    frs__free(p->ctx, zero);
}

void frs__figure_periodogram(frs_page *p, const frs_study *s) {
    const frs_study_table *t = frs_study_table_find(s, "periodogram");
    double x[256], y[256];
    int64_t m = 0;
    if (!t || t->n > 256) return;
    for (int64_t i = 0; i < t->n; i++)
        if (t->values[t->n + i] > 0) { /* bands narrower than the spacing are empty */
            x[m] = t->values[i];
            y[m++] = t->values[t->n + i];
        }
    if (m < 2) return;
    frs_svg f = small_figure();
    f.x = frs__axis_empty(FRS_LOG, _("period, days"));
    f.y = frs__axis_empty(FRS_LOG, _("power"));
    cover(&f.x, x, m);
    cover(&f.y, y, m);
    const double shortest = f.x.lo, longest = f.x.hi;
    frs__axis_nice(&f.x);
    frs__axis_nice(&f.y);
    f.x.lo = shortest;
    f.x.hi = longest;
    frs__figure(p, &f, _("Periodogram of flow"), _("Power of the flow's waves by their period."));
    frs__svg_line(&f, "c1", x, y, m);
    frs__figure_end(p, &f, _("Periodogram of flow, means over bands of the period"));
}

void frs__figure_stl(frs_page *p, const frs_study *s, const char *column) {
    static const struct {
        const char *name, *title;
    } panels[] = {{"flow", N_("monthly flow")},
                  {"trend", N_("trend")},
                  {"season", N_("season, a factor of the trend")},
                  {"remainder", N_("remainder, a factor")}};
    int64_t n;
    char label[120];
    const double *y = frs__study_column_of(s, "stl", column, &n);
    const double *x = frs__study_column_of(s, "stl", "time", &n);
    if (!x || !y || n < 2) return;
    const bool factors = frs__study_value(s, "stl", "monthly flow", "factors") == 1;
    const char *title = NULL;
    for (int64_t i = 0; i < FRS_LEN(panels); i++)
        if (strcmp(panels[i].name, column) == 0) title = _(panels[i].title);
    const bool part = strcmp(column, "season") == 0 || strcmp(column, "remainder") == 0;
    if (part && !factors) title = strcmp(column, "season") == 0 ? _("season") : _("remainder");
    frs_svg f = {.w = 420, .h = 170, .left = 54, .right = 22, .top = 10, .bottom = 24};
    f.x = (frs_axis){x[0], x[n - 1], FRS_TIME, NULL};
    f.y = frs__axis_empty(FRS_LINEAR, part ? NULL : frs__study_unit_text(s, label, sizeof label));
    cover(&f.y, y, n);
    if (factors && part && f.y.hi > 10 * f.y.lo) f.y.scale = FRS_LOG;
    frs__axis_nice(&f.y);
    frs__figure(p, &f, title, _("Part of the decomposition of monthly flow."));
    frs__svg_line(&f, "c1 thin", x, y, n);
    frs__figure_end(p, &f, title);
}

/* ---- trends: the years, Sen's line, Pettitt's break where it is significant */
void frs__figure_trend(frs_page *p, const frs_study *s, const char *kind) {
    char series[96], label[120], title[160];
    int64_t n;
    snprintf(series, sizeof series, "%s year", kind);
    const double *x = frs__study_column_of(s, "yearly", "year", &n);
    const double *y = frs__study_column_of(s, "yearly", series, &n);
    const double slope = frs__study_value(s, "sen", series, "slope");
    if (!x || !y || !isfinite(slope)) return;
    int64_t from = 0, to = n - 1, m = 0;
    while (!isfinite(y[from])) from++;
    while (!isfinite(y[to])) to--;
    double *v = frs__alloc(p->ctx, n, sizeof *v);
    if (!v) {
        p->status = FRS_E_NOMEM;
        return;
    }
    for (int64_t i = 0; i < n; i++)
        if (isfinite(y[i])) v[m++] = y[i] - slope * x[i];
    frs__sort(v, m);
    const double level = frs__quantile(v, m, 0.5);
    frs__free(p->ctx, v);
    frs_svg f = small_figure();
    f.integer_x = true;
    f.bottom = 24;
    f.x = (frs_axis){x[from], x[to], FRS_LINEAR, NULL};
    f.y = frs__axis_empty(FRS_LINEAR, frs__study_unit_text(s, label, sizeof label));
    cover(&f.y, y, n);
    if (f.y.lo > 0 && f.y.lo < 0.6 * f.y.hi) f.y.lo = 0;
    frs__axis_nice(&f.y);
    frs__svg_reserve(&f, _("Sen's slope"));
    const frs_study_row *br = frs_study_find(s, "pettitt", series, "first year after");
    const bool broken = br && br->p < 0.05;
    if (broken) frs__svg_reserve(&f, _("break (Pettitt, p < 0.05)"));
    frs__study_series_title(series, title);
    frs__figure(p, &f, title, _("One value a year, and its trend."));
    frs__svg_line(&f, "c1 thin", x, y, n);
    frs__svg_points(&f, "c1", x, y, n, 2);
    frs__svg_segment(&f, "c2", (double[]){x[from], level + slope * x[from]},
                     (double[]){x[to], level + slope * x[to]});
    frs__svg_legend(&f, "c2", _("Sen's slope"));
    if (broken) {
        frs__svg_segment(&f, "c4 dash", (double[]){br->value - 0.5, f.y.lo},
                         (double[]){br->value - 0.5, f.y.hi});
        frs__svg_legend(&f, "c4", _("break (Pettitt, p < 0.05)"));
    }
    frs__figure_end(p, &f, title);
}

/* ---- frequency */
/* The distribution whose quantiles agree best with the years; -1: none could be fitted. */
static int best_distribution(const frs_study *s, const char *series) {
    double most = -INFINITY;
    int best = -1;
    for (int i = 0; i < (int)frs_n_distributions(); i++) {
        char name[40];
        snprintf(name, sizeof name, "%.30s ppcc", frs_distribution_at(i)->name);
        const double r = frs__study_value(s, "extremes", series, name);
        if (r > most) {
            most = r;
            best = i;
        }
    }
    return best;
}

static void frequency_lines(frs_svg *f, const frs_study_table *t, const double *x, int best) {
    for (int i = 0; i < (int)frs_n_distributions(); i++) {
        const double *y = t->values + (1 + 3 * i) * t->n;
        if (i == best) frs__svg_band(f, colours[1 + i], x, y + t->n, y + 2 * t->n, t->n);
        frs__svg_line(f, colours[1 + i], x, y, t->n);
    }
}

void frs__figure_frequency(frs_page *p, const frs_study *s, bool minima) {
    const char *series = minima ? "7-day minimum" : "maximum";
    const frs_study_table *t = frs_study_table_find(s, minima ? "minima" : "maxima"),
                          *o = frs_study_table_find(s, minima ? "minima_years" : "maxima_years");
    const int best = best_distribution(s, series);
    double x[64], *px;
    paper k;
    char label[120];
    if (!t || !o || best < 0 || t->n > 64) return;
    px = frs__alloc(p->ctx, o->n, sizeof *px);
    if (!px) {
        p->status = FRS_E_NOMEM;
        return;
    }
    make_paper(&k, -1);
    on_paper(t->values, t->n, -1, x);
    on_paper(o->values, o->n, -1, px);
    frs_svg f = small_figure();
    f.h = 300;
    f.x = (frs_axis){x[0], x[t->n - 1], FRS_LINEAR,
                     minima ? _("share of years as low or lower, %")
                            : _("share of years as high or higher, %")};
    f.marks_x = k.marks;
    f.n_marks_x = PAPER;
    f.y = frs__axis_empty(FRS_LINEAR, frs__study_unit_text(s, label, sizeof label));
    cover(&f.x, px, o->n);
    cover(&f.y, o->values + o->n, o->n);
    for (int c = 0; c < 3; c++) cover(&f.y, t->values + (1 + 3 * best + c) * t->n, t->n);
    flow_scale(&f.y);
    for (int i = 0; i < (int)frs_n_distributions(); i++)
        frs__svg_reserve(&f, _(frs_distribution_at(i)->title));
    frs__figure(p, &f, minima ? _("Frequency of yearly minima") : _("Frequency of yearly maxima"),
                _("Flow against the share of years in which it is reached, on normal probability "
                  "paper: the years as points, each distribution as a line."));
    frequency_lines(&f, t, x, best);
    frs__svg_points(&f, "c0", px, o->values + o->n, o->n, 2.2);
    for (int i = 0; i < (int)frs_n_distributions(); i++)
        frs__svg_legend(&f, colours[1 + i], _(frs_distribution_at(i)->title));
    char caption[300];
    snprintf(caption, sizeof caption,
             minima ? _("Yearly 7-day minima; the band is the 95 %% interval of %s")
                    : _("Yearly maxima; the band is the 95 %% interval of %s"),
             _(frs_distribution_at(best)->title));
    frs__figure_end(p, &f, caption);
    frs__free(p->ctx, px);
}
