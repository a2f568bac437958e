/* Unit conversion by UDUNITS-2, opened at first use
 * (https://www.unidata.ucar.edu/software/udunits). Depth and volume meet through the catchment
 * area: 1 mm over 1 km2 is 1000 m3. */
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "freshet/io.h"

#ifdef FRS_UDUNITS_SO
static const char *const soname = FRS_UDUNITS_SO;
#else
static const char *const soname = NULL;
#endif

#define MAX_TEXT 100 /* bytes of a unit; the library's scanner ends the process at some 8 kB */
#define UTF8     2   /* ut_encoding */

typedef int (*error_handler)(const char *fmt, va_list args);

/* X(result, name, parameters); ut_system, ut_unit and cv_converter are opaque. */
#define FUNCTIONS(X)                                                                               \
    X(error_handler, ut_set_error_message_handler, (error_handler handler))                        \
    X(int, ut_ignore, (const char *fmt, va_list args))                                             \
    X(void *, ut_read_xml, (const char *path))                                                     \
    X(void *, ut_parse, (const void *system, const char *text, int encoding))                      \
    X(void *, ut_scale, (double factor, const void *unit))                                         \
    X(void *, ut_multiply, (const void *a, const void *b))                                         \
    X(void *, ut_divide, (const void *a, const void *b))                                           \
    X(int, ut_are_convertible, (const void *a, const void *b))                                     \
    X(void *, ut_get_converter, (void *from, void *to))                                            \
    X(void, ut_free, (void *unit))                                                                 \
    X(double, cv_convert_double, (const void *converter, double value))                            \
    X(void, cv_free, (void *converter))
#define MEMBER(result, name, parameters) result(*name) parameters;
#define NAME(result, name, parameters)   #name,
typedef struct library {
    FUNCTIONS(MEMBER)
} library;
static const char *const names[] = {FUNCTIONS(NAME)};
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

/* One lock around the library, and what it guards: the functions and the table of units. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static library ut;
static void *table;

/* What hydrologists write and UDUNITS does not know, or takes for a coulomb. */
static const char *spelling(const char *text) {
    static const char *const other[][2] = {
        {"cfs", "ft3/s"}, {"cms", "m3/s"}, {"cumecs", "m3/s"}, {"C", "degC"}, {"F", "degF"}};
    for (int64_t i = 0; i < FRS_LEN(other); i++)
        if (strcmp(text, other[i][0]) == 0) return other[i][1];
    return text;
}

static frs_status load(frs_ctx *ctx) {
    if (table) return FRS_OK;
    void *fns[FRS_LEN(names)];
    FRS_TRY(frs__dl_open(ctx, "UDUNITS", soname, names, fns, FRS_LEN(names)));
    memcpy(&ut, fns, sizeof ut);
    const error_handler before = ut.ut_set_error_message_handler(ut.ut_ignore);
    table = ut.ut_read_xml(NULL);
    ut.ut_set_error_message_handler(before);
    if (table) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("UDUNITS cannot read its table of units"));
}

/* The library prints a line break of a unit to the terminal. */
static bool printable(const char *text) {
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ') return false;
    return text[0] && strlen(text) <= MAX_TEXT;
}

static frs_status parse(frs_ctx *ctx, const char *text, void **unit) {
    *unit = printable(text) ? ut.ut_parse(table, spelling(text), UTF8) : NULL;
    if (*unit) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT, _("unknown unit \"%.*s\""), MAX_TEXT, text);
}

typedef struct request {
    const char *from, *to;
    double area_km2;
} request;

/* value_out = a value + c; logarithmic units (dBZ) have no such line. */
static frs_status line(frs_ctx *ctx, const request *r, const void *cv, double *a, double *c) {
    const double far = 1048576; /* a power of two: the division is exact */
    const double zero = ut.cv_convert_double(cv, 0), one = ut.cv_convert_double(cv, far);
    const double slope = (one - zero) / far, half = ut.cv_convert_double(cv, far / 2);
    if (!(fabs(half - (zero + one) / 2) <= 1e-9 * (fabs(zero) + fabs(one))) || !isfinite(slope))
        return frs__fail(ctx, FRS_E_INPUT,
                         _("\"%s\" to \"%s\" is not a conversion by a factor and an offset"),
                         r->from, r->to);
    *a = slope;
    *c = zero;
    return FRS_OK;
}

static frs_status convert(frs_ctx *ctx, const request *r, void *from, void *to, double *ac) {
    void *cv = ut.ut_get_converter(from, to);
    if (!cv)
        return frs__fail(ctx, FRS_E_INPUT, _("\"%s\" cannot be converted to \"%s\""), r->from,
                         r->to);
    const frs_status s = line(ctx, r, cv, &ac[0], &ac[1]);
    ut.cv_free(cv);
    return s;
}

/* A depth times the area is a volume; a volume over the area is a depth. */
static frs_status through_area(frs_ctx *ctx, const request *r, void *from, void *to, double *ac) {
    void *m2 = ut.ut_parse(table, "m2", UTF8);
    void *area = m2 ? ut.ut_scale(isnan(r->area_km2) ? 1 : r->area_km2 * 1e6, m2) : NULL;
    void *product = area ? ut.ut_multiply(from, area) : NULL;
    void *ratio = area ? ut.ut_divide(from, area) : NULL;
    void *volume = product && ut.ut_are_convertible(product, to) ? product : NULL;
    void *depth = ratio && ut.ut_are_convertible(ratio, to) ? ratio : NULL;
    frs_status s;
    if (!volume && !depth)
        s = convert(ctx, r, from, to, ac); /* tells that it cannot */
    else if (isnan(r->area_km2))
        s = frs__fail(ctx, FRS_E_INPUT, _("\"%s\" to \"%s\" needs the catchment area"), r->from,
                      r->to);
    else
        s = convert(ctx, r, volume ? volume : depth, to, ac);
    void *all[] = {m2, area, product, ratio};
    for (int64_t i = 0; i < FRS_LEN(all); i++)
        if (all[i]) ut.ut_free(all[i]);
    return s;
}

static frs_status locked(frs_ctx *ctx, const request *r, double *ac) {
    void *from = NULL, *to = NULL;
    FRS_TRY(load(ctx));
    const error_handler before = ut.ut_set_error_message_handler(ut.ut_ignore);
    frs_status s = parse(ctx, r->from, &from);
    if (s == FRS_OK) s = parse(ctx, r->to, &to);
    if (s == FRS_OK)
        s = ut.ut_are_convertible(from, to) ? convert(ctx, r, from, to, ac)
                                            : through_area(ctx, r, from, to, ac);
    if (from) ut.ut_free(from);
    if (to) ut.ut_free(to);
    ut.ut_set_error_message_handler(before);
    return s;
}

frs_status frs_unit_convert(frs_ctx *ctx, const char *from, const char *to, double area_km2,
                            double *a, double *c) {
    double ac[2] = {1, 0};
    if (!isnan(area_km2) && !(area_km2 > 0 && area_km2 < 5.2e8)) /* the surface of the Earth */
        return frs__fail(ctx, FRS_E_ARG, _("catchment area of %g km2"), area_km2);
    frs_status s = FRS_OK;
    if (strcmp(from, to) != 0) {
        pthread_mutex_lock(&lock);
        s = locked(ctx, &(request){from, to, area_km2}, ac);
        pthread_mutex_unlock(&lock);
    }
    if (s != FRS_OK) return s;
    *a = ac[0];
    *c = ac[1];
    return FRS_OK;
}
