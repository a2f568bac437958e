/* Lines and cells of delimited text. */
#include "io/text.h"
#include <string.h>
#include <strings.h>

static frs_status check(frs_ctx *ctx, const char *path, const char *text, int64_t n) {
    if (n == 0) return frs__fail(ctx, FRS_E_FORMAT, _("%s: the file is empty"), path);
    if (n >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: text in UTF-16: save it as UTF-8 (or plain) text"), path);
    const char *zero = memchr(text, 0, (size_t)n);
    if (!zero) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("%s: expected text, found a binary file (byte 0 at %lld)"), path,
                     (long long)(zero - text));
}

frs_status frs__text_read(frs_ctx *ctx, const char *path, int64_t limit, char **text, int64_t *n) {
    char *got = NULL;
    FRS_TRY(frs__read_file(ctx, path, limit, &got, n));
    const frs_status s = check(ctx, path, got, *n);
    if (s == FRS_OK)
        *text = got;
    else
        frs__free(ctx, got);
    return s;
}

frs__lines frs__lines_begin(const char *text, int64_t n) {
    const bool mark = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    return (frs__lines){.text = text, .n = n, .at = mark ? 3 : 0};
}

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool frs__lines_next(frs__lines *l) {
    while (l->at < l->n) {
        l->s = l->text + l->at;
        const char *end = memchr(l->s, '\n', (size_t)(l->n - l->at));
        l->unended = !end;
        l->len = end ? end - l->s : l->n - l->at;
        l->at += l->len + (end != NULL);
        l->number++;
        while (l->len && blank(l->s[l->len - 1]) && l->s[l->len - 1] != '\t') l->len--;
        int64_t i = 0;
        while (i < l->len && (blank(l->s[i]) || l->s[i] == ',' || l->s[i] == ';')) i++;
        if (i < l->len && l->s[i] != '#') return true;
    }
    return false;
}

/* From s + i: a quoted cell. Returns the index after its closing quote, -1: there is none. */
static int64_t quoted_cell(const char *s, int64_t n, int64_t i, frs__cell *c) {
    const int64_t from = ++i;
    for (; i < n; i++) {
        if (s[i] != '"') continue;
        if (i + 1 < n && s[i + 1] == '"')
            i++;
        else {
            *c = (frs__cell){s + from, i - from, true};
            return i + 1;
        }
    }
    return -1;
}

static void plain_cell(const char *s, int64_t from, int64_t to, frs__cell *c) {
    while (from < to && blank(s[from])) from++;
    while (to > from && blank(s[to - 1])) to--;
    *c = (frs__cell){s + from, to - from, false};
}

static bool at_delimiter(char c, char delimiter) {
    return delimiter == ' ' ? blank(c) : c == delimiter;
}

static bool bracket(char c) {
    return c == '(' || c == '[';
}

/* In a file parted by blanks a unit in brackets, "(mm per day)", is one piece. */
static int64_t plain_end(const char *s, int64_t n, int64_t i, char delimiter) {
    const char close = delimiter == ' ' && bracket(s[i]) ? (s[i] == '(' ? ')' : ']') : 0;
    const char *end = close ? memchr(s + i, close, (size_t)(n - i)) : NULL;
    if (end) i = end - s;
    while (i < n && !at_delimiter(s[i], delimiter)) i++;
    return i;
}

int64_t frs__split(const char *s, int64_t n, char delimiter, frs__cell *cells) {
    int64_t count = 0;
    for (int64_t i = 0; i <= n;) {
        while (i < n && blank(s[i]) && s[i] != delimiter) i++;
        if (delimiter == ' ') {
            while (i < n && blank(s[i])) i++;
            if (i == n) break;
        }
        frs__cell c;
        const int64_t from = i;
        if (i < n && s[i] == '"') {
            i = quoted_cell(s, n, i, &c);
            if (i < 0) return -1;
            while (i < n && blank(s[i]) && !at_delimiter(s[i], delimiter)) i++;
            if (i < n && !at_delimiter(s[i], delimiter)) return -1;
        } else {
            i = plain_end(s, n, i, delimiter);
            plain_cell(s, from, i, &c);
            if (delimiter == ' ' && count && bracket(c.s[0])) { /* the unit of the name before */
                cells[count - 1].n = c.s + c.n - cells[count - 1].s;
                continue;
            }
        }
        if (count == FRS_TEXT_COLUMNS) return count + 1;
        cells[count++] = c;
        i++;
    }
    return count;
}

static frs_status fail_width(frs_ctx *ctx, const char *path, const frs__lines *l, int64_t expected,
                             int64_t found) {
    const char *why = _("%s:%lld: expected %lld columns as in the first line, found %lld");
    if (l->unended)
        why = _("%s:%lld: the file ends inside this line: expected %lld columns, found %lld");
    if (found < 0)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: a quote does not end, or text follows it"),
                         path, (long long)l->number);
    if (found > FRS_TEXT_COLUMNS)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: more than %d columns"), path,
                         (long long)l->number, FRS_TEXT_COLUMNS);
    return frs__fail(ctx, FRS_E_FORMAT, why, path, (long long)l->number, (long long)expected,
                     (long long)found);
}

frs_status frs__split_all(frs_ctx *ctx, const char *path, const frs__lines *l, char delimiter,
                          int64_t n_columns, frs__cell *cells) {
    if (l->len > FRS_TEXT_LINE_BYTES)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: a line of %lld bytes; at most %lld"), path,
                         (long long)l->number, (long long)l->len, (long long)FRS_TEXT_LINE_BYTES);
    const int64_t n = frs__split(l->s, l->len, delimiter, cells);
    const bool one_empty = n == n_columns + 1 && n <= FRS_TEXT_COLUMNS && cells[n - 1].n == 0;
    return n == n_columns || one_empty ? FRS_OK : fail_width(ctx, path, l, n_columns, n);
}

bool frs__cell_is(const frs__cell *c, const char *word) {
    return (size_t)c->n == strlen(word) && strncasecmp(c->s, word, (size_t)c->n) == 0;
}

/* -999, -9999 or -99999, with .000 or without */
static bool missing_number(const frs__cell *c) {
    int64_t i = 1, nines = 0;
    if (c->n < 4 || c->s[0] != '-') return false;
    while (i < c->n && c->s[i] == '9') i++, nines++;
    if (i < c->n && (c->s[i] == '.' || c->s[i] == ','))
        for (i++; i < c->n && c->s[i] == '0';) i++;
    return i == c->n && nines >= 3 && nines <= 5;
}

static bool missing_word(const frs__cell *c) {
    static const char *const words[] = {"NA", "N/A", "#N/A", "NaN", "null", "none", "-", "--"};
    int64_t blanks = 0;
    while (blanks < c->n && blank(c->s[blanks]))
        blanks++; /* those of a quoted cell are left to it */
    if (blanks == c->n) return true;
    for (int64_t i = 0; i < FRS_LEN(words); i++)
        if (frs__cell_is(c, words[i])) return true;
    return false;
}

frs__cell_kind frs__cell_read(const frs__cell *c, char *decimal, double *v) {
    if (missing_number(c)) return FRS_CELL_MISSING;
    if (frs__parse_double(c->s, (size_t)c->n, *decimal ? *decimal : '.', v)) {
        if (!*decimal && memchr(c->s, '.', (size_t)c->n)) *decimal = '.';
        return FRS_CELL_NUMBER;
    }
    if (!*decimal && frs__parse_double(c->s, (size_t)c->n, ',', v)) {
        *decimal = ',';
        return FRS_CELL_NUMBER;
    }
    return missing_word(c) ? FRS_CELL_MISSING : FRS_CELL_TEXT;
}

char *frs__cell_text(const frs__cell *c, char *buf) {
    frs__cell a;
    plain_cell(c->s, 0, c->n, &a);
    int64_t n = a.n;
    if (n > 40)
        for (n = 40; n > 36 && ((unsigned char)a.s[n] & 0xC0) == 0x80;) n--;
    memcpy(buf, a.s, (size_t)n);
    buf[n] = 0;
    for (char *s = buf; s < buf + n;) {
        const int bytes = frs__utf8_bytes(s);
        if (bytes == 0 || (unsigned char)*s < ' ') *s = '?';
        s += bytes ? bytes : 1;
    }
    memcpy(buf + n, n < a.n ? "..." : "", n < a.n ? 4 : 1);
    return buf;
}

bool frs__printable(const char *s) {
    while (*s) {
        const int bytes = frs__utf8_bytes(s);
        if (bytes == 0 || (unsigned char)*s < ' ') return false;
        s += bytes;
    }
    return true;
}

bool frs__cell_name(const frs__cell *c, char *to, size_t size) {
    size_t k = 0;
    memset(to, 0, size);
    for (int64_t i = 0; i < c->n; i++) {
        if (c->quoted && c->s[i] == '"' && i + 1 < c->n) i++;
        if (k + 1 >= size) return false;
        to[k++] = c->s[i];
    }
    return true;
}
