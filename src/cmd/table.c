/* Tables: aligned text, CSV (RFC 4180) or a JSON object a row. */
#include "cmd/json.h"
#include "cmd/term.h"
#include <math.h>
#include <string.h>

void term_row(term_table *tab, const char *const *cells) {
    const int n = tab->n_columns;
    if (tab->n_rows == tab->cap) {
        const int64_t cap = tab->cap ? 2 * tab->cap : 64;
        const char **more = frs__arena_alloc(&tab->memory, cap * n, sizeof *more);
        if (!more) {
            tab->failed = true;
            return;
        }
        if (tab->n_rows) memcpy(more, tab->cells, (size_t)(tab->n_rows * n) * sizeof *more);
        tab->cells = more;
        tab->cap = cap;
    }
    for (int c = 0; c < n; c++) {
        const char *copy = frs__arena_strdup(&tab->memory, cells[c]);
        if (!copy) tab->failed = true;
        tab->cells[tab->n_rows * n + c] = copy ? copy : "";
    }
    tab->n_rows++;
}

char *term_number(double v, int digits, char *buf) {
    if (!isfinite(v))
        buf[0] = 0;
    else if (fabs(v) < 1e6)
        snprintf(buf, 40, "%.*f", digits, v);
    else
        snprintf(buf, 40, "%.4g", v);
    return buf;
}

static const char *cell(const term_table *tab, int64_t row, int column) {
    if (row < 0) return tab->columns[column].title;
    return tab->cells[row * tab->n_columns + column];
}

static void print_text(const term_table *tab) {
    int width[TERM_MAX_COLUMNS] = {0};
    for (int64_t r = -1; r < tab->n_rows; r++)
        for (int c = 0; c < tab->n_columns; c++) {
            const int w = frs__text_width(cell(tab, r, c));
            if (w > width[c]) width[c] = w;
        }
    for (int64_t r = -1; r < tab->n_rows; r++) {
        for (int c = 0; c < tab->n_columns; c++) {
            const char *text = cell(tab, r, c);
            const int pad = width[c] - frs__text_width(text);
            const bool last = c == tab->n_columns - 1, right = tab->columns[c].number;
            if (right) printf("%*s", pad, "");
            cmd_put_clean(stdout, text, false);
            if (!last) printf("%*s", right ? 2 : pad + 2, "");
        }
        putchar('\n');
    }
}

static void print_csv(const term_table *tab) {
    for (int c = 0; c < tab->n_columns; c++) printf("%s%s", c ? "," : "", tab->columns[c].key);
    putchar('\n');
    for (int64_t r = 0; r < tab->n_rows; r++) {
        for (int c = 0; c < tab->n_columns; c++) {
            const char *text = cell(tab, r, c);
            if (c) putchar(',');
            if (!strpbrk(text, ",\"\n\r")) {
                fputs(text, stdout);
                continue;
            }
            putchar('"');
            for (; *text; text++) {
                if (*text == '"') putchar('"');
                putchar(*text);
            }
            putchar('"');
        }
        putchar('\n');
    }
}

static void print_json(const term_table *tab) {
    for (int64_t r = 0; r < tab->n_rows; r++) {
        line_open(tab->name);
        for (int c = 0; c < tab->n_columns; c++) {
            if (tab->columns[c].number)
                line_raw(tab->columns[c].key, cell(tab, r, c));
            else
                line_string(tab->columns[c].key, cell(tab, r, c));
        }
        line_close();
    }
}

frs_status term_table_print(term *t, term_table *tab, bool csv) {
    frs_status s = FRS_OK;
    if (t->drawn) fputs("\r\033[K", stderr), t->drawn = false;
    if (tab->failed)
        s = frs__fail(tab->memory.ctx, FRS_E_NOMEM, _("out of memory for a table"));
    else if (t->json)
        print_json(tab);
    else if (csv)
        print_csv(tab);
    else
        print_text(tab);
    frs__arena_free(&tab->memory);
    return s;
}
