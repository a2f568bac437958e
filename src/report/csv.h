/* The report's small tables as CSV (RFC 4180, UTF-8, '.' as decimal point, an empty field for
 * undefined). */
#ifndef FRS_REPORT_CSV_H
#define FRS_REPORT_CSV_H

#include "base/base.h"

/* Names come from files and folders in any encoding; what is written is UTF-8: a byte that is not
 * counts as Latin-1. Puts the first character of s, which is not empty, in out; returns the rest.
 */
const char *frs__utf8_char(const char *s, char out[5]);

/* Fields of a row, one after another; `first` in a row puts no comma before itself. */
void frs__csv_text(frs_buf *b, bool first, const char *text);
void frs__csv_number(frs_buf *b, double v); /* shortest text; NaN and infinities are empty */
void frs__csv_int(frs_buf *b, int64_t v);
void frs__csv_end(frs_buf *b);

/* Reads a file made by the above. {0} is a closed one. */
typedef struct frs_csv {
    frs_ctx *ctx;
    const char *path;
    char *text, *next;
    int64_t line; /* of the row just read */
} frs_csv;
/* Checks that the first row is `header`. *there false and FRS_OK: no such file. */
frs_status frs__csv_open(frs_ctx *ctx, const char *path, const char *header, bool *there,
                         frs_csv *c);
void frs__csv_close(frs_csv *c);
/* The next row in place: exactly n fields. *more false at the end. FRS_E_FORMAT names file and
 * line. */
frs_status frs__csv_row(frs_csv *c, char **fields, int n, bool *more);
/* At most max fields, *n of them. */
frs_status frs__csv_row_any(frs_csv *c, char **fields, int max, int *n, bool *more);
/* The header of scores.csv: 9 columns in files of older runs, 10 with `subset`. f [10]: f[9] is
 * NULL unless a row fills it. */
frs_status frs__scores_header(frs_csv *c, char **f, int *columns);
frs_status frs__csv_get_number(const frs_csv *c, const char *field, double *v); /* empty: NaN */
frs_status frs__csv_get_int(const frs_csv *c, const char *field, int64_t *v);
#endif
