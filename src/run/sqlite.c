#include "run/sqlite.h"

#include <string.h>

#ifdef FRS_SQLITE_SO
#include <sqlite3.h>

/* Our declarations against the library's own. */
#define SAME(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME(FRS__SQL_OK, SQLITE_OK);
SAME(FRS__SQL_BUSY, SQLITE_BUSY);
SAME(FRS__SQL_NOMEM, SQLITE_NOMEM);
SAME(FRS__SQL_IOERR, SQLITE_IOERR);
SAME(FRS__SQL_CORRUPT, SQLITE_CORRUPT);
SAME(FRS__SQL_FULL, SQLITE_FULL);
SAME(FRS__SQL_NOTADB, SQLITE_NOTADB);
SAME(FRS__SQL_ROW, SQLITE_ROW);
SAME(FRS__SQL_DONE, SQLITE_DONE);
SAME(FRS__SQL_FLOAT, SQLITE_FLOAT);
SAME(FRS__SQL_INTEGER, SQLITE_INTEGER);
SAME(FRS__SQL_READWRITE, SQLITE_OPEN_READWRITE);
SAME(FRS__SQL_CREATE, SQLITE_OPEN_CREATE);
static const char *const soname = FRS_SQLITE_SO;
#else
static const char *const soname = NULL;
#endif

#define NAME(result, name, parameters) "sqlite3_" #name,
static const char *const names[] = {FRS__SQL_FUNCTIONS(NAME)};
_Static_assert(sizeof(frs__sql) == sizeof names, "one slot a function");

frs_status frs__sql_load(frs_ctx *ctx, frs__sql *sql) {
    void *fns[FRS_LEN(names)];
    FRS_TRY(frs__dl_open(ctx, "SQLite", soname, names, fns, FRS_LEN(names)));
    memcpy(sql, fns, sizeof *sql);
    return FRS_OK;
}
