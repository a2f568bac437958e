/* Delimited text taken apart: lines, cells, dates, and how a file is laid out. */
#ifndef FRS_IO_TEXT_H
#define FRS_IO_TEXT_H

#include "io/io_internal.h"

#define FRS_TEXT_BYTES      (INT64_C(1) << 31) /* of a file */
#define FRS_TEXT_LINE_BYTES (INT64_C(1) << 20)
#define FRS_TEXT_COLUMNS    1024 /* of a file; the variables among them: FRS_MAX_VARS */

/* A field, blanks at its ends and quotes taken off. Borrowed from the text. */
typedef struct frs__cell {
    const char *s;
    int64_t n;
    bool quoted;
} frs__cell;

/* Walks the lines, skipping comments (#) and blank ones, also the rows of bare delimiters that
 * spreadsheets leave behind. */
typedef struct frs__lines {
    const char *text;
    int64_t n, at;
    int64_t number; /* of the current line, from 1 */
    const char *s;  /* the current line without its end, [len] */
    int64_t len;
    bool unended; /* the file ends here without a line end */
} frs__lines;
/* After a UTF-8 byte order mark, if there is one. */
frs__lines frs__lines_begin(const char *text, int64_t n);
/* False at the end of the text. */
bool frs__lines_next(frs__lines *l);

/* Cells of a line, at most FRS_TEXT_COLUMNS; delimiter ' ' is any run of blanks. Returns how many
 * there are, more than FRS_TEXT_COLUMNS if they did not fit, or -1 where a quote does not end, or
 * text follows it. */
int64_t frs__split(const char *s, int64_t n, char delimiter, frs__cell *cells);
/* The cells of a line that must have n_columns; one empty cell more (a delimiter at the line's end)
 * is let pass. FRS_E_FORMAT says the line and what is wrong. */
frs_status frs__split_all(frs_ctx *ctx, const char *path, const frs__lines *l, char delimiter,
                          int64_t n_columns, frs__cell *cells);
/* A file's text with a NUL after it. FRS_E_FORMAT: empty, binary, or of 16-bit characters. */
frs_status frs__text_read(frs_ctx *ctx, const char *path, int64_t limit, char **text, int64_t *n);
/* What a cell holds. Missing: empty, NA, N/A, #N/A, NaN, null, none, -, --, and the numbers -999,
 * -9999, -99999 written in plain digits. *decimal is '.', ',' or 0 while not known yet. */
typedef enum frs__cell_kind { FRS_CELL_NUMBER, FRS_CELL_MISSING, FRS_CELL_TEXT } frs__cell_kind;
frs__cell_kind frs__cell_read(const frs__cell *c, char *decimal, double *v);
bool frs__cell_is(const frs__cell *c, const char *word); /* letters of either case */
/* For messages: short, printable. buf >= 64 bytes; returns it. */
char *frs__cell_text(const frs__cell *c, char *buf);
bool frs__printable(const char *s); /* UTF-8 without control characters */
/* The cell as a name: doubled quotes single. False when it has more than size - 1 bytes. */
bool frs__cell_name(const frs__cell *c, char *to, size_t size);

/* ISO, YYYY/MM/DD, YYYYMMDD, YYYY-MM, DD/MM/YYYY (month_first: MM/DD/YYYY), DD.MM.YYYY, each with
 * an optional time of day. */
bool frs__text_date(const frs__cell *c, bool month_first, int64_t *time_s);
/* Year, month and day in three cells. */
bool frs__text_ymd(const frs__cell c[3], int64_t *time_s);
/* H:MM or H:MM:SS, in seconds. */
bool frs__text_clock(const frs__cell *c, int64_t *s);

/* Where things stand. A column is -1 where the file has none. */
typedef struct frs__layout {
    char delimiter;
    bool header;
    int64_t n_columns;
    int date, clock;              /* the date in one column, the time of day beside it or not */
    int year, month, day, hour;   /* or in columns of its own (date -1) */
    bool whole_days;              /* the hour never changes (or there is none): it does not count */
    int64_t preface;              /* lines before the table, neither blank nor comments */
    bool text[FRS_TEXT_COLUMNS];  /* no number in any line looked at, but text */
    bool empty[FRS_TEXT_COLUMNS]; /* neither */
} frs__layout;
/* Looks at the first lines. FRS_E_FORMAT: no delimiter gives a column of dates beside others. */
frs_status frs__layout_find(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                            frs__layout *l);
bool frs__layout_is_time(const frs__layout *l, int64_t column);
/* The time of a row; false: its cells are no date. */
bool frs__layout_time(const frs__layout *l, const frs__cell *cells, bool month_first,
                      int64_t *time_s);

/* The columns that are variables. */
typedef struct frs__columns {
    int n;
    frs_var var[FRS_MAX_VARS];
    int at[FRS_MAX_VARS]; /* column of each */
} frs__columns;
/* cells [layout n_columns]: the header's, ignored when the file has none (then o->names, else "q"
 * or c1, c2, ..). line: of the header, or of the first row. */
frs_status frs__columns_find(frs_ctx *ctx, const char *path, int64_t line, const frs__layout *l,
                             const frs__cell *cells, const frs_read_opts *o, frs__columns *c);

#endif
