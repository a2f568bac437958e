/* Numbers become text and back here and nowhere else; '.' whatever the locale. */
#include "base/context.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 512 /* a longer "number" is not one */
#define NAME_BYTES   64

/* The C library hands out its built-in "C" locale here: no memory, nothing to free. */
static locale_t c_locale(void) {
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

int frs__vformat(char *buf, size_t size, const char *fmt, va_list args) {
    locale_t old = uselocale(c_locale());
    int n = vsnprintf(buf, size, fmt, args);
    uselocale(old);
    if (n < 0 && size) buf[0] = 0;
    return n;
}

const char *frs__errno_text(int code, char *buf, size_t size) {
    return strerror_r(code, buf, size);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **s, size_t *n) {
    while (*n && is_blank((*s)[0])) ++*s, --*n;
    while (*n && is_blank((*s)[*n - 1])) --*n;
}

/* A decimal number taken apart: sign, up to 19 digits, power of ten. */
typedef struct decimal_parts {
    uint64_t digits;
    int n_digits; /* significant ones seen, may exceed 19 */
    int exponent;
    bool negative;
} decimal_parts;

/* [+-] digits [. digits] [e [+-] digits], nothing else; at least one digit. */
static bool scan(const char *s, size_t n, char decimal, decimal_parts *d) {
    size_t i = 0;
    bool any = false, fraction = false;
    *d = (decimal_parts){0};
    if (i < n && (s[i] == '+' || s[i] == '-')) d->negative = s[i++] == '-';
    for (; i < n && (is_digit(s[i]) || (s[i] == decimal && !fraction)); i++) {
        if (s[i] == decimal) {
            fraction = true;
            continue;
        }
        any = true;
        d->exponent -= fraction;
        if (d->n_digits || s[i] != '0') d->n_digits++;
        if (d->n_digits <= 19) d->digits = d->digits * 10 + (uint64_t)(s[i] - '0');
    }
    if (!any) return false;
    if (i == n) return true;
    if (s[i] != 'e' && s[i] != 'E') return false;
    bool minus = false;
    int e = 0;
    if (++i < n && (s[i] == '+' || s[i] == '-')) minus = s[i++] == '-';
    if (i == n) return false;
    for (; i < n && is_digit(s[i]); i++)
        if (e < 100000) e = e * 10 + (s[i] - '0');
    d->exponent += minus ? -e : e;
    return i == n;
}

static double slow_parse(const char *s, size_t n, char decimal) {
    char text[NUMBER_BYTES];
    memcpy(text, s, n);
    text[n] = 0;
    char *point = memchr(text, decimal, n);
    if (point) *point = '.';
    return strtod_l(text, NULL, c_locale());
}

/* Clinger (1990), doi:10.1145/93542.93557: up to 2^53 times or over an exact power of ten is one
 * correctly rounded operation. The rest goes to the C library. */
bool frs__parse_double(const char *s, size_t n, char decimal, double *out) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    decimal_parts d;
    trim(&s, &n);
    if (n >= NUMBER_BYTES || !scan(s, n, decimal, &d)) return false;
    double v;
    if (d.n_digits <= 19 && d.digits <= UINT64_C(1) << 53 && d.exponent >= -22 &&
        d.exponent <= 22) {
        v = (double)d.digits;
        v = d.exponent < 0 ? v / powers[-d.exponent] : v * powers[d.exponent];
        if (d.negative) v = -v;
    } else {
        v = slow_parse(s, n, decimal);
        if (!isfinite(v)) return false;
    }
    *out = v;
    return true;
}

bool frs__parse_int(const char *s, size_t n, int64_t *out) {
    trim(&s, &n);
    size_t i = n && (s[0] == '+' || s[0] == '-');
    bool negative = i && s[0] == '-';
    if (i == n) return false;
    int64_t v = 0;
    for (; i < n; i++) {
        if (!is_digit(s[i])) return false;
        int digit = s[i] - '0';
        if (__builtin_mul_overflow(v, INT64_C(10), &v) ||
            __builtin_add_overflow(v, negative ? -digit : digit, &v))
            return false;
    }
    *out = v;
    return true;
}

static const char *not_finite(double v) {
    return isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
}

/* FLT_DIG digits always survive text -> float -> text, so nothing shorter can be missed by starting
 * there; below FLT_MIN that promise ends and the search starts at one digit. Same for double. */
char *frs__format_float(float v, char *buf) {
    if (!isfinite(v)) return strcpy(buf, not_finite((double)v));
    locale_t c = c_locale(), old = uselocale(c);
    for (int p = fabsf(v) < FLT_MIN ? 1 : FLT_DIG; p <= FLT_DECIMAL_DIG; p++) {
        snprintf(buf, 40, "%.*g", p, (double)v);
        if (strtof_l(buf, NULL, c) == v) break;
    }
    uselocale(old);
    return buf;
}

char *frs__format_double(double v, char *buf) {
    if (!isfinite(v)) return strcpy(buf, not_finite(v));
    locale_t c = c_locale(), old = uselocale(c);
    for (int p = fabs(v) < DBL_MIN ? 1 : DBL_DIG; p <= DBL_DECIMAL_DIG; p++) {
        snprintf(buf, 40, "%.*g", p, v);
        if (strtod_l(buf, NULL, c) == v) break;
    }
    uselocale(old);
    return buf;
}

/* Room for n more bytes and a NUL. */
static bool buf_room(frs_buf *b, int64_t n) {
    if (b->failed) return false;
    if (n < INT64_MAX / 4 - b->n && b->n + n + 1 <= b->cap) return true;
    int64_t cap = b->cap ? b->cap : 128;
    while (n < INT64_MAX / 4 - b->n && cap < b->n + n + 1) cap *= 2;
    char *data = n < INT64_MAX / 4 - b->n ? frs__realloc(b->ctx, b->data, b->n, cap, 1) : NULL;
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void frs__buf_add_n(frs_buf *b, const char *s, int64_t n) {
    if (!buf_room(b, n)) return;
    if (n) memcpy(b->data + b->n, s, (size_t)n);
    b->n += n;
    b->data[b->n] = 0;
}

void frs__buf_add(frs_buf *b, const char *s) {
    frs__buf_add_n(b, s, (int64_t)strlen(s));
}

void frs__buf_printf(frs_buf *b, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = frs__vformat(NULL, 0, fmt, args);
    if (n < 0) b->failed = true;
    if (buf_room(b, n)) {
        frs__vformat(b->data + b->n, (size_t)n + 1, fmt, again);
        b->n += n;
    }
    va_end(again);
    va_end(args);
}

frs_status frs__buf_status(const frs_buf *b) {
    return b->failed ? FRS_E_NOMEM : FRS_OK;
}

void frs__buf_free(frs_buf *b) {
    frs__free(b->ctx, b->data);
    *b = (frs_buf){.ctx = b->ctx};
}

int frs__utf8_bytes(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) return 1;
    const int n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4) return 0;
    for (int i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) return 0;
    if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) return 0;
    return n;
}

static int min2(int a, int b) {
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours; each costs 1.
 * row[i % 3][j] is the distance of the first i bytes of a and j of b. */
int frs__edit_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    if (n >= NAME_BYTES || m >= NAME_BYTES) return 1000;
    int row[3][NAME_BYTES];
    for (size_t j = 0; j <= m; j++) row[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int v = last[j - 1] + (a[i - 1] != b[j - 1]);
            v = min2(v, min2(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                v = min2(v, before[j - 2] + 1);
            now[j] = v;
        }
    }
    return row[n % 3][m];
}

int frs__text_width(const char *text) {
    int n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}
