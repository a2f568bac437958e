/* CSV out and in. */
#include "report/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t limit_bytes =
    INT64_C(1) << 30; /* 671 catchments x 7 leads x 5 models x 18 scores are 40 MB */

void frs__csv_text(frs_buf *b, bool first, const char *text) {
    if (!first) frs__buf_add(b, ",");
    if (!text) return;
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) frs__buf_add(b, "\"");
    while (*text) {
        char c[5];
        if (*text == '"') frs__buf_add(b, "\"");
        text = frs__utf8_char(text, c);
        frs__buf_add(b, c);
    }
    if (quoted) frs__buf_add(b, "\"");
}

void frs__csv_number(frs_buf *b, double v) {
    char t[40];
    frs__buf_add(b, ",");
    if (isfinite(v)) frs__buf_add(b, frs__format_double(v, t));
}

void frs__csv_int(frs_buf *b, int64_t v) {
    frs__buf_printf(b, ",%lld", (long long)v);
}

void frs__csv_end(frs_buf *b) {
    frs__buf_add(b, "\n");
}

frs_status frs__csv_open(frs_ctx *ctx, const char *path, const char *header, bool *there,
                         frs_csv *c) {
    *c = (frs_csv){.ctx = ctx, .path = path};
    *there = frs__exists(path);
    if (!*there) return FRS_OK;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, limit_bytes, &c->text, &n));
    const size_t k = strlen(header);
    if (strncmp(c->text, header, k) != 0 ||
        (c->text[k] && c->text[k] != '\n' && c->text[k] != '\r' && c->text[k] != ',')) {
        frs__csv_close(c);
        return frs__fail(ctx, FRS_E_FORMAT, _("%s:1: the header should be \"%s\""), path, header);
    }
    c->next = c->text;
    return FRS_OK;
}

void frs__csv_close(frs_csv *c) {
    frs__free(c->ctx, c->text);
    c->text = c->next = NULL;
}

/* One field at *p, unquoted in place; *p moves to what ends it. false: a quote is not closed. */
static bool take_field(char **p, char **field, int64_t *lines) {
    char *s = *p, *out;
    if (*s != '"') {
        *field = s;
        s += strcspn(s, ",\r\n");
        *p = s;
        return true;
    }
    *field = out = ++s;
    for (;; s++) {
        if (!*s) return false;
        if (*s == '"' && s[1] == '"')
            s++;
        else if (*s == '"')
            break;
        *lines += *s == '\n';
        *out++ = *s;
    }
    *p = s + 1;
    *out = 0;
    return true;
}

frs_status frs__csv_row_any(frs_csv *c, char **fields, int max, int *n, bool *more) {
    int64_t lines = 0;
    *n = 0;
    *more = c->next && *c->next;
    if (!*more) return FRS_OK;
    c->line++;
    char *p = c->next;
    for (char end = ','; end == ',';) {
        if (*n >= max || !take_field(&p, &fields[*n], &lines))
            return frs__fail(c->ctx, FRS_E_FORMAT,
                             _("%s:%lld: more than %d fields, or a quote is not closed"), c->path,
                             (long long)c->line, max);
        (*n)++;
        end = *p;
        if (end && end != ',' && end != '\n' && end != '\r')
            return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: text after a closing quote"),
                             c->path, (long long)c->line);
        if (end == '\r' && p[1] == '\n') *p++ = 0;
        if (end) *p++ = 0;
    }
    c->next = p;
    c->line += lines;
    return FRS_OK;
}

frs_status frs__csv_row(frs_csv *c, char **fields, int n, bool *more) {
    int got;
    FRS_TRY(frs__csv_row_any(c, fields, n, &got, more));
    if (*more && got != n)
        return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: %d fields, expected %d"), c->path,
                         (long long)c->line, got, n);
    return FRS_OK;
}

frs_status frs__csv_get_number(const frs_csv *c, const char *field, double *v) {
    *v = NAN;
    if (!*field || frs__parse_double(field, strlen(field), '.', v)) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: \"%.40s\" is not a number"), c->path,
                     (long long)c->line, field);
}

frs_status frs__csv_get_int(const frs_csv *c, const char *field, int64_t *v) {
    if (frs__parse_int(field, strlen(field), v)) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_FORMAT, _("%s:%lld: \"%.40s\" is not a whole number"), c->path,
                     (long long)c->line, field);
}
