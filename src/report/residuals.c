/* Residuals of the winner in the test period, predicted minus observed, on the samples that all
 * models share: where its errors lie, in time, by flow, by month, and whether one foretells the
 * next. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 30, MAX_POINTS = 1200, EXTREMES = 60, BINS = 12, BARS = 40, CURVE = 80, LAGS = 30 };

typedef struct residuals {
    int64_t n, n_issues, lead, site, model;
    double *error;         /* [n_issues] NaN: not shared */
    double *sorted;        /* [n] errors, least first */
    double *x, *y;         /* [n_issues] scratch */
    double (*pairs)[2];    /* [n] predicted and error, by predicted */
    double mean, sd, flow; /* flow: mean of the observations */
    char colour[16], dots[24], unit[128];
} residuals;

static int by_first(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void gather(const frs_view *v, residuals *r) {
    const frs_archive *o = &v->r->observed;
    const float *obs = frs__site_values(v, -1, r->site),
                *sim = frs__site_values(v, r->model, r->site);
    const unsigned char *common = v->common + r->site * o->n_issues * o->n_leads;
    double sum = 0, squares = 0, flow = 0;
    for (int64_t i = 0; i < o->n_issues; i++) {
        const int64_t at = i * o->n_leads + r->lead;
        r->error[i] = NAN;
        if (!common[at]) continue;
        r->error[i] = (double)sim[at] - (double)obs[at];
        r->pairs[r->n][0] = (double)sim[at];
        r->pairs[r->n][1] = r->sorted[r->n] = r->error[i];
        sum += r->error[i];
        flow += (double)obs[at];
        r->n++;
    }
    r->mean = sum / (double)r->n;
    r->flow = flow / (double)r->n;
    for (int64_t i = 0; i < r->n; i++)
        squares += (r->sorted[i] - r->mean) * (r->sorted[i] - r->mean);
    r->sd = sqrt(squares / (double)r->n);
    frs__sort(r->sorted, r->n);
    qsort(r->pairs, (size_t)r->n, sizeof *r->pairs, by_first);
}

/* Correlation of errors k steps apart, over the pairs that are there; NaN: fewer than LEAST. */
static double autocorrelation(const residuals *r, int64_t k) {
    double sum = 0;
    int64_t n = 0;
    for (int64_t i = 0; i + k < r->n_issues; i++) {
        const double a = r->error[i] - r->mean, b = r->error[i + k] - r->mean;
        if (isnan(a) || isnan(b)) continue;
        sum += a * b;
        n++;
    }
    return n < LEAST || !(r->sd > 0) ? (double)NAN : sum / (double)n / (r->sd * r->sd);
}

static frs_svg figure_of(double width) {
    return (frs_svg){.w = width, .h = 260, .left = 54, .right = 14, .top = 14, .bottom = 42};
}

static double error_quantile(const residuals *r, double q) {
    return frs__quantile(r->sorted, r->n, q);
}

static void zero_line(frs_svg *s) {
    frs__svg_segment(s, "one", (double[]){s->x.lo, 0}, (double[]){s->x.hi, 0});
}

/* Every stride-th point, and the EXTREMES farthest errors. */
static int64_t thin(const frs_page *p, residuals *r) {
    const double low = error_quantile(r, EXTREMES / 2.0 / (double)r->n),
                 high = error_quantile(r, 1 - EXTREMES / 2.0 / (double)r->n);
    const int64_t stride = (r->n + MAX_POINTS - 1) / MAX_POINTS;
    int64_t n = 0, seen = 0;
    for (int64_t i = 0; i < r->n_issues; i++) {
        const double e = r->error[i];
        if (isnan(e) || (seen++ % stride != 0 && e > low && e < high)) continue;
        r->x[n] = (double)frs__valid_time(p->v, i, r->lead);
        r->y[n++] = e;
    }
    return n;
}

static int64_t year_of(const frs_page *p, const residuals *r, int64_t i) {
    const frs_civil c = frs_civil_from_time(frs__valid_time(p->v, i, r->lead));
    const int start = p->r->year_start > 0 ? p->r->year_start : 10;
    return c.year + (start > 1 && c.month >= start);
}

/* The mean error of each hydrological year, as a step. */
static void yearly_means(frs_page *p, frs_svg *s, const residuals *r) {
    double sum = 0;
    int64_t n = 0, first = 0;
    for (int64_t i = 0, year = year_of(p, r, 0), next; i < r->n_issues; i++, year = next) {
        if (!isnan(r->error[i])) {
            sum += r->error[i];
            n++;
        }
        next = i + 1 < r->n_issues ? year_of(p, r, i + 1) : year + 1;
        if (next == year) continue;
        if (n >= LEAST)
            frs__svg_segment(
                s, "c0", (double[]){(double)frs__valid_time(p->v, first, r->lead), sum / (double)n},
                (double[]){(double)frs__valid_time(p->v, i, r->lead), sum / (double)n});
        sum = 0;
        n = 0;
        first = i + 1;
    }
}

static void against_time(frs_page *p, residuals *r) {
    frs_svg s = figure_of(420);
    s.x = (frs_axis){(double)frs__valid_time(p->v, 0, r->lead),
                     (double)frs__valid_time(p->v, r->n_issues - 1, r->lead), FRS_TIME, NULL};
    s.bottom = 24;
    s.y = (frs_axis){error_quantile(r, 0), error_quantile(r, 1), FRS_LINEAR, r->unit};
    frs__axis_nice(&s.y);
    frs__figure(p, &s, _("Errors in time"), _("Each point is the error of one time step."));
    const int64_t n = thin(p, r);
    frs__svg_points(&s, r->dots, r->x, r->y, n, 1.5);
    zero_line(&s);
    yearly_means(p, &s, r);
    frs__figure_end(p, &s, _("Errors in time; line: the mean of each hydrological year."));
}

/* Median and the middle 80 % of the errors in BINS classes of predicted flow, equal in number. */
static void against_flow(frs_page *p, residuals *r) {
    double x[BINS], y[3][BINS];
    char label[160], target[128];
    const int64_t stride = (r->n + MAX_POINTS - 1) / MAX_POINTS;
    const double median = r->pairs[r->n / 2][0], most = r->pairs[r->n - 1][0];
    int64_t n = 0;
    frs_svg s = figure_of(420);
    snprintf(label, sizeof label, _("predicted %s"), frs__target_text(p, target, sizeof target));
    s.x = frs__axis_empty(median > 0 && most > 60 * median ? FRS_LOG : FRS_LINEAR, label);
    frs__axis_cover(&s.x,
                    s.x.scale == FRS_LOG ? fmax(r->pairs[0][0], median / 60) : r->pairs[0][0]);
    frs__axis_cover(&s.x, most);
    frs__axis_nice(&s.x);
    s.y = (frs_axis){error_quantile(r, 0), error_quantile(r, 1), FRS_LINEAR, r->unit};
    frs__axis_nice(&s.y);
    for (int64_t i = 0; i < r->n; i++)
        if (i % stride == 0 || i >= r->n - EXTREMES) {
            r->x[n] = r->pairs[i][0];
            r->y[n++] = r->pairs[i][1];
        }
    frs__figure(p, &s, _("Errors by flow"), _("Each point is the error of one time step."));
    frs__svg_points(&s, r->dots, r->x, r->y, n, 1.5);
    zero_line(&s);
    for (int64_t b = 0; b < BINS; b++) {
        const int64_t lo = b * r->n / BINS, hi = (b + 1) * r->n / BINS;
        for (int64_t i = lo; i < hi; i++) r->y[i - lo] = r->pairs[i][1];
        frs__sort(r->y, hi - lo);
        x[b] = r->pairs[(lo + hi) / 2][0];
        for (int k = 0; k < 3; k++)
            y[k][b] = frs__quantile(r->y, hi - lo, (double[]){0.1, 0.5, 0.9}[k]);
    }
    for (int k = 0; k < 3; k++) frs__svg_line(&s, k == 1 ? "c0" : "c0 dash", x, y[k], BINS);
    frs__figure_end(p, &s,
                    _("Errors by predicted flow; line: median, dashed: the middle 80 %. A funnel "
                      "means that errors grow with flow."));
}

static void histogram(frs_page *p, residuals *r) {
    const double lo = error_quantile(r, 0.005), hi = error_quantile(r, 0.995);
    double count[BARS] = {0}, x[CURVE], y[CURVE];
    frs_svg s = figure_of(420);
    if (!(hi > lo) || !(r->sd > 0)) return;
    const double width = (hi - lo) / BARS, percent = 100.0 / (double)r->n;
    for (int64_t i = 0; i < r->n; i++) {
        const double k = floor((r->sorted[i] - lo) / width);
        if (k >= 0 && k < BARS) count[(int)k] += percent;
    }
    for (int i = 0; i < CURVE; i++) {
        x[i] = lo + (hi - lo) * i / (CURVE - 1.0);
        const double z = (x[i] - r->mean) / r->sd;
        y[i] = 100 * width * exp(-z * z / 2) / (r->sd * sqrt(2 * M_PI));
    }
    s.x = (frs_axis){lo, hi, FRS_LINEAR, r->unit};
    s.y = frs__axis_empty(FRS_LINEAR, _("share of steps, %"));
    frs__axis_cover(&s.y, 0);
    for (int b = 0; b < BARS; b++) frs__axis_cover(&s.y, count[b]);
    frs__axis_nice(&s.x);
    frs__axis_nice(&s.y);
    frs__figure(p, &s, _("Distribution of errors"), _("How often errors of each size occur."));
    for (int b = 0; b < BARS; b++)
        frs__svg_box(&s, r->dots, (double[]){lo + b * width, 0},
                     (double[]){lo + (b + 1) * width, count[b]});
    frs__svg_line(&s, "c0", x, y, CURVE);
    frs__figure_end(p, &s,
                    _("Distribution of errors, without the outer 1 %; line: the normal law of the "
                      "same mean and spread."));
}

/* Quantile of the standard normal law, by halving: 1e-12. */
static double normal_quantile(double q) {
    double lo = -9, hi = 9;
    for (int i = 0; i < 50; i++) {
        const double mid = (lo + hi) / 2;
        if (0.5 * erfc(-mid / M_SQRT2) < q)
            lo = mid;
        else
            hi = mid;
    }
    return (lo + hi) / 2;
}

static void quantiles(frs_page *p, residuals *r) {
    double x[2 * CURVE], y[2 * CURVE];
    frs_svg s = figure_of(420);
    if (!(r->sd > 0)) return;
    s.x = frs__axis_empty(FRS_LINEAR, _("normal law, standard deviations"));
    s.y = frs__axis_empty(FRS_LINEAR, _("errors, standard deviations"));
    for (int i = 0; i < 2 * CURVE; i++) { /* evenly in the normal law, so that the tails show */
        const double ends = normal_quantile(0.5 / (double)r->n);
        x[i] = ends - 2 * ends * i / (2 * CURVE - 1.0);
        y[i] = (error_quantile(r, 0.5 * erfc(-x[i] / M_SQRT2)) - r->mean) / r->sd;
        frs__axis_cover(&s.x, x[i]);
        frs__axis_cover(&s.y, y[i]);
    }
    frs__axis_nice(&s.x);
    frs__axis_nice(&s.y);
    const double lo = fmax(s.x.lo, s.y.lo), hi = fmin(s.x.hi, s.y.hi);
    frs__figure(p, &s, _("Quantiles of errors"),
                _("Quantiles of the errors against those of the normal law."));
    frs__svg_segment(&s, "one", (double[]){lo, lo}, (double[]){hi, hi});
    frs__svg_points(&s, r->colour, x, y, 2 * CURVE, 2);
    frs__figure_end(p, &s,
                    _("Quantiles against the normal law: ends off the line are errors larger than "
                      "that law expects."));
}

static void correlogram(frs_page *p, residuals *r) {
    const int64_t last = r->n_issues / 4 < LAGS ? r->n_issues / 4 : LAGS;
    const double bound = 1.96 / sqrt((double)r->n);
    frs_svg s = figure_of(420);
    s.integer_x = true;
    s.x = (frs_axis){0, (double)last + 1, FRS_LINEAR, _("steps apart")};
    s.y = frs__axis_empty(FRS_LINEAR, _("correlation"));
    frs__axis_cover(&s.y, -0.2);
    frs__axis_cover(&s.y, 1);
    for (int64_t k = 1; k <= last; k++) frs__axis_cover(&s.y, r->y[k] = autocorrelation(r, k));
    frs__axis_nice(&s.y);
    frs__figure(p, &s, _("Autocorrelation of errors"),
                _("Correlation of errors that are so many steps apart."));
    zero_line(&s);
    for (int k = -1; k <= 1; k += 2)
        frs__svg_segment(&s, "one dash", (double[]){s.x.lo, k * bound},
                         (double[]){s.x.hi, k * bound});
    for (int64_t k = 1; k <= last; k++)
        frs__svg_segment(&s, r->colour, (double[]){(double)k, 0}, (double[]){(double)k, r->y[k]});
    frs__figure_end(p, &s, _("Autocorrelation of errors; dashed: what chance alone would give."));
}

/* Whiskers: the middle 80 %; box: the middle half; line: median. */
static void by_month(frs_page *p, residuals *r) {
    double q[12][5];
    frs_svg s = figure_of(420);
    s.integer_x = true;
    s.x = (frs_axis){0.3, 12.7, FRS_LINEAR, _("month")};
    s.y = frs__axis_empty(FRS_LINEAR, r->unit);
    for (int64_t i = 0; i < r->n_issues; i++)
        r->x[i] = frs_civil_from_time(frs__valid_time(p->v, i, r->lead)).month;
    for (int m = 0; m < 12; m++) {
        int64_t n = 0;
        for (int64_t i = 0; i < r->n_issues; i++)
            if (!isnan(r->error[i]) && (int)r->x[i] == m + 1) r->y[n++] = r->error[i];
        frs__sort(r->y, n);
        for (int k = 0; k < 5; k++) {
            q[m][k] = n < 5 ? (double)NAN
                            : frs__quantile(r->y, n, (double[]){0.1, 0.25, 0.5, 0.75, 0.9}[k]);
            frs__axis_cover(&s.y, q[m][k]);
        }
    }
    frs__axis_cover(&s.y, 0);
    frs__axis_nice(&s.y);
    frs__figure(p, &s, _("Errors by month"), _("The middle of the errors of each month."));
    zero_line(&s);
    for (int m = 0; m < 12; m++) {
        const double x = m + 1;
        frs__svg_segment(&s, r->colour, (double[]){x, q[m][0]}, (double[]){x, q[m][4]});
        frs__svg_box(&s, r->dots, (double[]){x - 0.3, q[m][1]}, (double[]){x + 0.3, q[m][3]});
        frs__svg_segment(&s, "c0", (double[]){x - 0.3, q[m][2]}, (double[]){x + 0.3, q[m][2]});
    }
    frs__figure_end(p, &s,
                    _("Errors by month; box: the middle half, line: median, whiskers: the middle "
                      "80 %."));
}

/* Bias, size and persistence in words. */
static void sentence(frs_page *p, residuals *r) {
    const char *unit = p->r->unit ? p->r->unit : "";
    char a[40], b[40], c[40], d[40];
    const double one = autocorrelation(r, 1);
    for (int64_t i = 0; i < r->n; i++) r->y[i] = fabs(r->sorted[i]);
    frs__sort(r->y, r->n);
    const double half = frs__quantile(r->y, r->n, 0.5);
    frs__buf_add(p->out, "<p>");
    frs__say(
        p, _("%s: mean error %s %s (%s %% of the mean flow), half of the errors are below %s %s."),
        frs__model_title(p->r, r->model), frs__prose(p, r->mean, 3, a), unit,
        frs__prose(p, 100 * r->mean / r->flow, 1, b), frs__prose(p, half, 3, c), unit);
    if (isfinite(one)) {
        frs__buf_add(p->out, " ");
        frs__say(p,
                 one > 0.5 ? _("Errors last: the correlation of one step's error with the next "
                               "is %s, so readings as they arrive could correct it.")
                           : _("The correlation of one step's error with the next is %s."),
                 frs__prose(p, one, 2, d));
    }
    frs__buf_add(p->out, "</p>\n");
}

static void figures(frs_page *p, residuals *r) {
    frs__colour(r->model, r->colour);
    snprintf(r->dots, sizeof r->dots, "%s faint", r->colour);
    if (p->r->unit && *p->r->unit)
        snprintf(r->unit, sizeof r->unit, _("error, %.60s"), p->r->unit);
    else
        snprintf(r->unit, sizeof r->unit, "%s", _("error"));
    sentence(p, r);
    frs__buf_add(p->out, "<div class=\"grid\">");
    against_time(p, r);
    against_flow(p, r);
    by_month(p, r);
    correlogram(p, r);
    histogram(p, r);
    quantiles(p, r);
    frs__buf_add(p->out, "</div>\n");
}

static void of_site(frs_page *p, int64_t site) {
    const int64_t n = p->r->observed.n_issues;
    residuals r = {.n_issues = n, .site = site, .model = frs__view_winner(p->v)};
    double *block = frs__alloc(p->ctx, 6 * n, sizeof *block);
    if (!block) {
        p->status = FRS_E_NOMEM;
        return;
    }
    r.error = block;
    r.sorted = block + n;
    r.x = block + 2 * n;
    r.y = block + 3 * n;
    r.pairs = (double(*)[2])(block + 4 * n);
    gather(p->v, &r);
    if (r.n >= LEAST)
        figures(p, &r);
    else
        frs__tag(p, "p", _("Too few predictions to look at errors."));
    frs__free(p->ctx, block);
}

static void about(frs_page *p) {
    char t[40];
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p, _("An error is predicted minus observed flow in the test period."));
    if (p->v->n_leads > 1) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("Lead %s."), frs__lead_text(p, 1, t));
    }
    if (p->r->n_sites > FRS_MAX_SHOWN && p->v->n_shown > 1) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("Here the middle catchment, %s."),
                 p->r->sites[p->v->shown[p->v->n_shown / 2]]);
        if (p->links) {
            frs__buf_add(p->out, " ");
            frs__say(p, _("Every catchment has a page of its own: see the table of all."));
        }
    }
    frs__buf_add(p->out, "</p>\n");
}

void frs__page_residuals(frs_page *p) {
    const frs_view *v = p->v;
    const int64_t winner = frs__view_winner(v);
    if (!v->common || winner < 0 || v->n_shown < 1 || !p->r->models[winner].archive.values ||
        p->r->observed.n_issues < 1)
        return;
    frs__section(p, "residuals", _("Residuals"));
    about(p);
    if (v->n_shown == 1)
        of_site(p, v->shown[0]);
    else if (p->r->n_sites > FRS_MAX_SHOWN)
        of_site(p, v->shown[v->n_shown / 2]);
    else
        for (int64_t k = 0; k < v->n_shown; k++) {
            frs__buf_add(p->out, k == 0 ? "<details open><summary>" : "<details><summary>");
            frs__html_add(p->out, p->r->sites[v->shown[k]]);
            frs__buf_add(p->out, "</summary>\n");
            of_site(p, v->shown[k]);
            frs__buf_add(p->out, "</details>\n");
        }
    frs__section_end(p);
}
