/* libsqlite3, opened at first use: nothing is linked, and only its header is needed to build. */
#ifndef FRS_RUN_SQLITE_H
#define FRS_RUN_SQLITE_H
#include "base/base.h"

struct sqlite3;
struct sqlite3_stmt;

#define FRS__SQL_FUNCTIONS(X)                                                                      \
    X(int, open_v2, (const char *path, struct sqlite3 **db, int flags, const char *vfs))           \
    X(int, close_v2, (struct sqlite3 * db))                                                        \
    X(int, busy_timeout, (struct sqlite3 * db, int ms))                                            \
    X(int, exec, (struct sqlite3 * db, const char *sql, void *each, void *arg, char **message))    \
    X(int, prepare_v2,                                                                             \
      (struct sqlite3 * db, const char *sql, int n, struct sqlite3_stmt **s, const char **rest))   \
    X(int, bind_int64, (struct sqlite3_stmt * s, int i, long long v))                              \
    X(int, bind_double, (struct sqlite3_stmt * s, int i, double v))                                \
    X(int, bind_text,                                                                              \
      (struct sqlite3_stmt * s, int i, const char *text, int n, void (*destroy)(void *)))          \
    X(int, step, (struct sqlite3_stmt * s))                                                        \
    X(int, reset, (struct sqlite3_stmt * s))                                                       \
    X(int, finalize, (struct sqlite3_stmt * s))                                                    \
    X(int, column_type, (struct sqlite3_stmt * s, int i))                                          \
    X(long long, column_int64, (struct sqlite3_stmt * s, int i))                                   \
    X(double, column_double, (struct sqlite3_stmt * s, int i))                                     \
    X(const unsigned char *, column_text, (struct sqlite3_stmt * s, int i))                        \
    X(int, changes, (struct sqlite3 * db))                                                         \
    X(const char *, errmsg, (struct sqlite3 * db))

#define FRS__SQL_MEMBER(result, name, parameters) result(*name) parameters;
typedef struct frs__sql {
    FRS__SQL_FUNCTIONS(FRS__SQL_MEMBER)
} frs__sql;

/* Of sqlite3.h, which sqlite.c compares where it is installed. */
enum {
    FRS__SQL_OK = 0,
    FRS__SQL_BUSY = 5,
    FRS__SQL_NOMEM = 7,
    FRS__SQL_IOERR = 10,
    FRS__SQL_CORRUPT = 11,
    FRS__SQL_FULL = 13,
    FRS__SQL_NOTADB = 26,
    FRS__SQL_ROW = 100,
    FRS__SQL_DONE = 101,
    FRS__SQL_FLOAT = 2,
    FRS__SQL_INTEGER = 1,
    FRS__SQL_READWRITE = 2,
    FRS__SQL_CREATE = 4
};

/* FRS_E_UNSUPPORTED "built without SQLite". */
frs_status frs__sql_load(frs_ctx *ctx, frs__sql *sql);
#endif
