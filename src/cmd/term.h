/* All that the program prints: results on standard output, messages and progress on standard error;
 * with --json everything on standard output, one object a line. */
#ifndef FRS_CMD_TERM_H
#define FRS_CMD_TERM_H
#include "cmd/options.h"
#include <stdio.h>

typedef struct term {
    bool json, quiet, verbose, color;
    bool live;  /* a status line is redrawn in place */
    bool drawn; /* it is there now */
    double shown_s;
    char stage[80];
    int64_t part; /* of the stage, in tenths */
} term;

void term_open(term *t, const cmd_options *o);
/* False: standard output could not be written (a full disk). */
bool term_close(term *t);

void term_error(term *t, frs_status s, const char *text);
void term_log(term *t, frs_log_level level, const char *text);
void term_say(term *t, const char *fmt, ...) FRS_PRINTF(2, 3); /* a note; not with --quiet */
/* A text result: printed as it is, or as {"event": name, "text": ...}. */
void term_text(term *t, const char *name, const char *text);
/* {"event": name, key: value, ...} with --json, else "title: value" on a line. NULL ends. */
typedef struct term_fact {
    const char *key, *title, *value;
} term_fact;
void term_facts(term *t, const char *name, const term_fact *facts, int n);
void term_progress(term *t, const frs_progress_info *info);

/* ---- a table: cells are texts, "" where there is nothing. */
typedef struct term_column {
    const char *key, *title;
    bool number; /* right-aligned; a bare number in JSON */
} term_column;
enum { TERM_MAX_COLUMNS = 16 };
typedef struct term_table {
    frs_arena memory;
    const char *name;
    int n_columns;
    term_column columns[TERM_MAX_COLUMNS];
    int64_t n_rows, cap;
    const char **cells; /* [n_rows][n_columns] */
    bool failed;
} term_table;
void term_row(term_table *tab, const char *const *cells);
frs_status term_table_print(term *t, term_table *tab, bool csv); /* frees it */
char *term_number(double v, int digits, char *buf); /* fixed digits, "" for NaN; buf >= 40 bytes */
#endif
