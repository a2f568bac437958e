/* The statistical study of a record: one method a function, and all of them at once (frs_study_*).
 *
 * Values are double, NaN is missing; a record has a regular step. Nothing here needs a store.
 * Units: results carry the unit of what came in; time of the year is of the calendar in UTC.
 * errors, everywhere: FRS_E_ARG an argument outside its range; FRS_E_NODATA too few values;
 * FRS_E_UNDEFINED mathematically undefined here (the spread of a constant record); FRS_E_NOMEM. On
 * error results are NaN. */
#ifndef FRESHET_STATS_H
#define FRESHET_STATS_H
#include "freshet/data.h"
#ifdef __cplusplus
extern "C" {
#endif

/* x [n] at start_s, one step later, ...; borrowed. */
typedef struct frs_record {
    const double *x;
    int64_t n, start_s;
    frs_step step;
} frs_record;

/* ---- description */
typedef struct frs_description {
    int64_t n, n_missing;
    double mean, sd /* ddof 1 */, cv /* sd / mean */, skew /* adjusted (G1) */;
    double min, q05, q25, median, q75, q95, max; /* quantiles: linear between order statistics */
} frs_description;
/* errors: FRS_E_NODATA no value at all; what needs more values than there are is NaN. */
frs_status frs_describe(frs_ctx *ctx, const double *x, int64_t n, frs_description *d);
/* A part of the year: n_months from first_month (1 to 12) on, over the turn of the year if need be.
 */
typedef struct frs_season {
    char name[64];
    int first_month, n_months;
} frs_season;
/* "DJF 12-2", "spring flood 4-6", "May 5": a name, a blank, first and last month. FRS_E_INPUT. */
frs_status frs_season_parse(frs_ctx *ctx, const char *text, frs_season *s);
/* out [n]: x in the season's months, NaN elsewhere. */
void frs_season_select(const frs_record *r, const frs_season *s, double *out);

/* Flow-duration curve: q[i] is exceeded in the share exceeded[i], in [0, 1], of the time.
 * source: Vogel & Fennessey (1994), doi:10.1061/(ASCE)0733-9496(1994)120:4(485) */
frs_status frs_flow_duration(frs_ctx *ctx, const double *x, int64_t n, const double *exceeded,
                             int64_t m, double *q);

/* ---- dependence in time */
/* acf, acf_bound, pacf [lags + 1], at lag 0: 1, 0 and 1; any but acf may be NULL. acf_bound: half
 * the width of Bartlett's 95 % interval of white noise up to the lag before; *pacf_bound: the same
 * for every lag of the partial one, 1.96 / sqrt(n).
 * missing:  products of pairs that are both there, scaled as if all were; the partial one by Burg's
 *           recursion over the stretches without gaps
 * source:   Box & Jenkins (1976); Bartlett (1946), doi:10.2307/2983611; Durbin (1960),
 *           doi:10.2307/1401322 */
typedef struct frs_correlogram {
    double *acf, *acf_bound, *pacf;
    double pacf_bound;
} frs_correlogram;
frs_status frs_acf(frs_ctx *ctx, const double *x, int64_t n, int64_t lags, frs_correlogram *c);
/* Correlation of y with the x of k steps before, k = 0 .. lags, in r [lags + 1]. *response: the lag
 * of the greatest; *bound: half the 95 % interval of independent white noise, 1.96 / sqrt(pairs).
 * source: Box & Jenkins (1976) */
typedef struct frs_cross {
    double *r;
    int64_t response;
    double bound;
} frs_cross;
frs_status frs_ccf(frs_ctx *ctx, const frs_record *x, const double *y, int64_t lags, frs_cross *c);

/* The yearly cycle: mean and `harmonics` waves of the year (365.2425 days), by least squares.
 * cycle [n] is there on missing steps too. *share (may be NULL): of the variance that it explains.
 */
frs_status frs_yearly_cycle(frs_ctx *ctx, const frs_record *r, int harmonics, double *cycle,
                            double *share);

/* ---- stationarity */
typedef struct frs_unit_root {
    double statistic, p;
    int64_t lags, n;          /* lags of the regression or of the variance; steps used */
    double critical[3];       /* 1 %, 5 %, 10 % */
    bool p_least, p_greatest; /* KPSS: p lies at the end of its table, the true one beyond */
} frs_unit_root;
/* Augmented Dickey-Fuller test with a constant; null hypothesis: a unit root. The number of lags up
 * to 12 (n / 100)^(1/4) has the least AIC, as in statsmodels.
 * missing:  only steps with all lags there are used
 * source:   Dickey & Fuller (1979), doi:10.2307/2286348; p: MacKinnon (1994),
 *           doi:10.1080/07350015.1994.10510005 */
frs_status frs_adf(frs_ctx *ctx, const double *x, int64_t n, frs_unit_root *r);
/* KPSS test; null hypothesis: stationary about a level. Lags by Hobijn et al. (2004).
 * missing:  a deviation of 0 there (amplitude-modulated estimator, Parzen 1963)
 * source:   Kwiatkowski et al. (1992), doi:10.1016/0304-4076(92)90104-Y */
frs_status frs_kpss(frs_ctx *ctx, const double *x, int64_t n, frs_unit_root *r);

/* ---- yearly values: for trends and extremes, never the daily ones */
typedef enum frs_yearly { FRS_YEARLY_MEAN, FRS_YEARLY_MAX, FRS_YEARLY_MIN } frs_yearly;
typedef struct frs_yearly_opts {
    frs_yearly what;
    int first_month, n_months; /* of the season; 10, 12: the hydrological year from October */
    double window_days;        /* a moving mean first (7: the 7-day minimum); 0: none */
    double max_gap;            /* a year with a greater share missing is NaN; 0 means 0.1 */
} frs_yearly_opts;
/* One value a year; *years counts from the first year that the record touches; a year is named
 * after its last month.
 * errors: FRS_E_NODATA no year is full enough */
typedef struct frs_years {
    double *values;
    int64_t n, first_year, n_dropped; /* dropped: touched by the record, but not full enough */
} frs_years;
frs_status frs_yearly_values(frs_ctx *ctx, const frs_record *r, const frs_yearly_opts *o,
                             frs_years *y);
void frs_years_free(frs_ctx *ctx, frs_years *y);

/* Mann-Kendall test for a trend, its variance corrected for autocorrelation of the ranks.
 * missing:  skipped; lags count in steps of the array
 * The variance is never made smaller: a correction below 1 is told, but not used.
 * source:   Mann (1945), doi:10.2307/1907187; Hamed & Rao (1998),
 *           doi:10.1016/S0022-1694(97)00125-X */
typedef struct frs_trend {
    int64_t n;
    double s, z, p, p_plain, correction; /* correction n / n*; p_plain: without it */
    double slope, low, high, intercept;  /* Sen's, per step, with its 95 % interval; value at 0 */
} frs_trend;
frs_status frs_mann_kendall(frs_ctx *ctx, const double *x, int64_t n, frs_trend *t);
/* Sen's slope alone: fills slope, low, high, intercept and n.
 * source: Sen (1968), doi:10.1080/01621459.1968.10480934 */
frs_status frs_sen_slope(frs_ctx *ctx, const double *x, int64_t n, frs_trend *t);
/* A break: first index after it, its statistic and p. */
typedef struct frs_break {
    int64_t n, at;
    double statistic, p, before, after; /* means on both sides */
} frs_break;
/* source: Pettitt (1979), doi:10.2307/2346729 */
frs_status frs_pettitt(frs_ctx *ctx, const double *x, int64_t n, frs_break *b);
/* Standard normal homogeneity test; p from 2000 draws of white noise, keyed by seed.
 * source: Alexandersson (1986), doi:10.1002/joc.3370060607 */
frs_status frs_snht(frs_ctx *ctx, const double *x, int64_t n, uint64_t seed, frs_break *b);

/* ---- shape and rhythm */
/* Box-Cox by maximum likelihood, on the positive values, lambda between -5 and 5.
 * errors: FRS_E_NODATA fewer than 3 positive values
 * source: Box & Cox (1964), doi:10.1111/j.2517-6161.1964.tb00553.x */
typedef struct frs_boxcox {
    double lambda, log_likelihood;
    int64_t n, n_not_positive;
} frs_boxcox;
frs_status frs_box_cox(frs_ctx *ctx, const double *x, int64_t n, frs_boxcox *b);
/* Seasonal-trend decomposition by loess. seasonal, trend, low_pass: lengths of the smoothers, odd;
 * 0: 7, the first odd number from 1.5 period / (1 - 1.5 / seasonal) on, the first above period.
 * inner, outer: rounds; 0: 5 and 0, or 2 and 15 with robust.
 * out: season, trend, weight [n] (weight, of the last robust round, may be NULL). missing: loess
 * looks for its neighbours among the values that are there; season and trend have no gaps. errors:
 * FRS_E_NODATA fewer than two periods, or no value at some place of the period source: Cleveland et
 * al. (1990), J. Off. Stat. 6(1), 3-73 */
typedef struct frs_stl_opts {
    int64_t period, seasonal, trend, low_pass;
    int inner, outer;
    bool robust;
} frs_stl_opts;
typedef struct frs_stl_parts {
    double *season, *trend, *weight;
} frs_stl_parts;
frs_status frs_stl(frs_ctx *ctx, const double *x, int64_t n, const frs_stl_opts *o,
                   frs_stl_parts out);
/* Periodogram (density, one-sided), the mean taken away, padded with zeros to a power of two, m =
 * 2^k >= n. frequency and power [m / 2 + 1], in cycles a step. missing: the mean; scaled by what is
 * there. *size gets m / 2 + 1; with frequency NULL nothing else is done.
 * source: Schuster (1898), doi:10.1029/TM003i001p00013 */
frs_status frs_periodogram(frs_ctx *ctx, const double *x, int64_t n, double *frequency,
                           double *power, int64_t *size);
/* Baseflow by the recursive filter: `passes` (odd), forward and backward in turn, `mirror` steps
 * reflected at both ends of each stretch without gaps; stretches of at most `mirror` steps stay
 * NaN. *index: sum of baseflow / sum of flow there.
 * source: Lyne & Hollick (1979); Ladson et al. (2013), doi:10.7158/13241583.2013.11465417 */
typedef struct frs_baseflow_opts {
    double alpha;       /* 0: 0.98, as NeuralHydrology; 0.925 in the literature of daily flow */
    bool all_quick;     /* each pass begins with no baseflow: NeuralHydrology's rule */
    int passes, mirror; /* 0: 3 and 30 */
} frs_baseflow_opts;
frs_status frs_baseflow(frs_ctx *ctx, const double *x, int64_t n, const frs_baseflow_opts *o,
                        double *base, double *index);

/* ---- the signatures of NeuralHydrology, by its rules (docs/study.md says where it is followed and
 * where gaps make the difference). prcp NULL: stream_elas and runoff_ratio are NaN. Its q95 is the
 * high quantile: exceeded 5 % of the time. value [FRS_N_SIGNATURES]; what is undefined is NaN.
 * source: Addor et al. (2018), doi:10.1029/2018WR022606 */
enum { FRS_N_SIGNATURES = 13 };
const char *frs_signature_name(int i);
const char *frs_signature_title(int i); /* to be translated where shown */
frs_status frs_signatures(frs_ctx *ctx, const frs_record *flow, const double *prcp, double *value);

/* ---- extremes */
/* Sample L-moments: l[0] the mean, l[1] L-scale, l[2] L-skewness, l[3] L-kurtosis (ratios).
 * source: Hosking (1990), doi:10.1111/j.2517-6161.1990.tb01775.x */
frs_status frs_l_moments(frs_ctx *ctx, const double *x, int64_t n, double l[4]);
/* A distribution: fit takes sorted values (ascending, without NaN) and allocates nothing; quantile
 * is of non-exceedance. */
typedef struct frs_distribution {
    const char *name, *title;
    int n_par;
    const char *par[3];
    bool mirrored; /* minima are fitted as maxima of -x */
    frs_status (*fit)(const double *sorted, int64_t n, double *par);
    double (*quantile)(const double *par, double p);
} frs_distribution;
/* gev, gumbel, pearson3, log_pearson3, kritsky_menkel: each in its file, with its source. */
int64_t frs_n_distributions(void);
const frs_distribution *frs_distribution_at(int64_t i);
const frs_distribution *frs_distribution_find(const char *name); /* NULL: none */
/* The curve of return periods [n_periods], in years, ascending: value, low, high [n_periods], 95 %
 * interval from parametric resamples keyed by seed. A period of more than twice the number of years
 * is NaN. minima: the value not exceeded from below once in so many years. *ppcc: correlation of
 * the years with the distribution at their plotting positions (i - 0.44) / (n + 0.12), Gringorten
 * (1963).
 * errors: FRS_E_NODATA fewer than 10 years; FRS_E_UNDEFINED the distribution cannot hold these
 * values (logarithms of zero flow). */
typedef struct frs_frequency_opts {
    bool minima;
    uint64_t seed;
    int resamples; /* 0: 1000 */
    const double *periods;
    int64_t n_periods;
} frs_frequency_opts;
typedef struct frs_frequency {
    double par[3], ppcc;
    int64_t n;
    double *value, *low, *high;
} frs_frequency;
frs_status frs_frequency_curve(frs_ctx *ctx, const double *years, int64_t n,
                               const frs_distribution *d, const frs_frequency_opts *o,
                               frs_frequency *f);

/* ---- water balance, of the steps where all that is given is there. p, q, pe in depth a step, one
 * unit; pe NULL: aridity and Budyko's place are NaN.
 * source: Budyko (1974), Climate and Life */
typedef struct frs_balance {
    int64_t n;
    double p, q, pe; /* a year, in the unit of depth */
    double runoff_ratio, aridity /* PE / P */, evaporation /* 1 - Q / P */, budyko /* expected */;
} frs_balance;
frs_status frs_water_balance(frs_ctx *ctx, const frs_record *q, const double *p, const double *pe,
                             frs_balance *b);

/* ---- all of it for one site */
typedef struct frs_study_input {
    const char *name, *unit;
    const double *x; /* [n] on the steps of the flow */
} frs_study_input;
typedef struct frs_study_opts {
    const char *site, *target, *unit; /* borrowed until the study is freed */
    frs_record flow;
    const frs_study_input *inputs;
    int n_inputs;
    int precipitation, pet;    /* indices in inputs, which have the flow's unit; -1: none */
    double depth;              /* mm a step of one unit of the flow, for the water balance; 0: 1 */
    const frs_season *seasons; /* beside the whole year; NULL: DJF MAM JJA SON */
    int n_seasons;
    int year_start;        /* first month of the hydrological year; 0: October */
    double baseflow_alpha; /* 0: 0.98 */
    int resamples;         /* of the intervals of extremes; 0: 1000 */
    bool no_extremes;      /* they take as long as all the rest */
    uint64_t seed;
} frs_study_opts;
/* One number. value NaN: undefined here, and `note` says why. series: what it is of ("flow", "DJF",
 * "mean DJF", an input's name). low, high, p: NaN where there is none. */
typedef struct frs_study_row {
    char method[24], series[96], quantity[40], unit[40], note[96];
    double value, low, high, p;
} frs_study_row;
/* Curves for figures and files: values [n_columns][n]; a column named "time" holds int64 seconds as
 * double. */
typedef struct frs_study_table {
    char name[24];
    int n_columns;
    char (*columns)[64];
    int64_t n;
    double *values;
} frs_study_table;
typedef struct frs_study {
    char site[64], target[64], unit[32];
    int64_t first_s, last_s, n, n_missing;
    frs_step step;
    int year_start;
    frs_study_row *rows;
    int64_t n_rows, cap_rows;
    frs_study_table *tables;
    int64_t n_tables, cap_tables;
} frs_study;
/* A method that is undefined for this record gives a row with a NaN and a note; only FRS_E_NOMEM,
 * FRS_E_ARG, FRS_E_CANCELLED and FRS_E_NODATA (no flow at all) are errors. */
frs_status frs_study_site(frs_ctx *ctx, const frs_study_opts *o, frs_study *s);
void frs_study_free(frs_ctx *ctx, frs_study *s);
/* NULL: there is none. */
const frs_study_row *frs_study_find(const frs_study *s, const char *method, const char *series,
                                    const char *quantity);
const frs_study_table *frs_study_table_find(const frs_study *s, const char *name);

#ifdef __cplusplus
}
#endif
#endif
