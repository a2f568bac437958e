/* trials.db: SQLite 3, table trials with one row a trial and rung, table facts with the hash of the
 * config. What is written is whole or not there, whoever is killed when. */
#include "run/tune_internal.h"
#include <math.h>
#include <string.h>

enum { VERSION = 1, WAIT_MS = 60000, MAX_ROWS = 10000000 };
static const char *const statuses[] = {"waiting", "running", "done", "failed"};

static const char schema[] = "BEGIN IMMEDIATE;"
                             "CREATE TABLE IF NOT EXISTS trials(trial INTEGER, rung INTEGER, "
                             "epochs INTEGER, parameters TEXT,"
                             " status TEXT, score REAL, pairs INTEGER, seconds REAL, message TEXT, "
                             "PRIMARY KEY(trial, rung));"
                             "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT);"
                             "COMMIT";

static frs_status broken(frs_registry *r, int code) {
    const char *why = r->db ? r->sql.errmsg(r->db) : "?";
    switch (code & 0xff) {
    case FRS__SQL_NOMEM:
        return frs__fail(r->ctx, FRS_E_NOMEM, _("%s: out of memory"), r->path);
    case FRS__SQL_BUSY:
        return frs__fail(r->ctx, FRS_E_BUSY, _("%s: another process uses it"), r->path);
    case FRS__SQL_IOERR:
    case FRS__SQL_FULL:
        return frs__fail(r->ctx, FRS_E_IO, _("cannot write %s: %s"), r->path, why);
    default:
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: not a registry of trials, or damaged: %s"),
                         r->path, why);
    }
}

static frs_status run(frs_registry *r, const char *sql) {
    const int code = r->sql.exec(r->db, sql, NULL, NULL, NULL);
    return code == FRS__SQL_OK ? FRS_OK : broken(r, code);
}

static frs_status prepare(frs_registry *r, const char *sql, struct sqlite3_stmt **st) {
    const int code = r->sql.prepare_v2(r->db, sql, -1, st, NULL);
    return code == FRS__SQL_OK ? FRS_OK : broken(r, code);
}

/* A statement that gives no rows; frees it. */
static frs_status done(frs_registry *r, struct sqlite3_stmt *st) {
    const int code = r->sql.step(st);
    const frs_status s = code == FRS__SQL_DONE ? FRS_OK : broken(r, code);
    r->sql.finalize(st);
    return s;
}

static const char *text_at(const frs_registry *r, struct sqlite3_stmt *st, int i) {
    const unsigned char *text = r->sql.column_text(st, i);
    return text ? (const char *)text : "";
}

/* The first process writes the hash, the others compare theirs. */
static frs_status same_config(frs_registry *r, uint64_t hash) {
    struct sqlite3_stmt *st;
    char mine[20], kept[20] = "";
    snprintf(mine, sizeof mine, "%016llx", (unsigned long long)hash);
    FRS_TRY(prepare(r, "INSERT OR IGNORE INTO facts VALUES('config', ?1)", &st));
    r->sql.bind_text(st, 1, mine, -1, NULL);
    FRS_TRY(done(r, st));
    FRS_TRY(prepare(r, "SELECT value FROM facts WHERE name = 'config'", &st));
    const int code = r->sql.step(st);
    if (code == FRS__SQL_ROW) snprintf(kept, sizeof kept, "%s", text_at(r, st, 0));
    r->sql.finalize(st);
    if (code != FRS__SQL_ROW) return broken(r, code);
    if (strcmp(mine, kept) == 0) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_INPUT,
                     _("%s: begun with another config.yml: its trials do not belong to the one "
                       "that is there now; start anew in another folder"),
                     r->path);
}

frs_status frs__registry_open(frs_ctx *ctx, const char *folder, uint64_t hash, frs_registry *r) {
    *r = (frs_registry){.ctx = ctx, .path = frs__path_join(ctx, folder, "trials.db")};
    frs_status s = r->path ? frs__sql_load(ctx, &r->sql) : FRS_E_NOMEM;
    if (s == FRS_OK) {
        const int code =
            r->sql.open_v2(r->path, &r->db, FRS__SQL_READWRITE | FRS__SQL_CREATE, NULL);
        if (code != FRS__SQL_OK) s = broken(r, code);
    }
    if (s == FRS_OK) r->sql.busy_timeout(r->db, WAIT_MS);
    if (s == FRS_OK) s = run(r, schema);
    if (s == FRS_OK) s = same_config(r, hash);
    if (s != FRS_OK) frs__registry_close(r);
    return s;
}

void frs__registry_close(frs_registry *r) {
    if (r->db) r->sql.close_v2(r->db);
    if (r->ctx) frs__free(r->ctx, r->path);
    *r = (frs_registry){0};
}

static frs_status add_one(frs_registry *r, struct sqlite3_stmt *st, const frs_trial *t,
                          const char *json) {
    r->sql.bind_int64(st, 1, t->number);
    r->sql.bind_int64(st, 2, t->rung);
    r->sql.bind_int64(st, 3, t->epochs);
    r->sql.bind_text(st, 4, json, -1, NULL);
    const int code = r->sql.step(st);
    if (code != FRS__SQL_DONE) return broken(r, code);
    r->sql.reset(st);
    return FRS_OK;
}

frs_status frs__registry_add(frs_registry *r, const frs_trial *t, char *const *json, int64_t n) {
    struct sqlite3_stmt *st = NULL;
    FRS_TRY(run(r, "BEGIN IMMEDIATE"));
    frs_status s = prepare(r,
                           "INSERT OR IGNORE INTO trials(trial, rung, epochs, parameters, status)"
                           " VALUES(?1, ?2, ?3, ?4, 'waiting')",
                           &st);
    for (int64_t i = 0; s == FRS_OK && i < n; i++) s = add_one(r, st, &t[i], json[i]);
    r->sql.finalize(st);
    if (s == FRS_OK) return run(r, "COMMIT");
    r->sql.exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}

static double number_at(const frs_registry *r, struct sqlite3_stmt *st, int i) {
    const int type = r->sql.column_type(st, i);
    const bool is = type == FRS__SQL_FLOAT || type == FRS__SQL_INTEGER;
    return is ? r->sql.column_double(st, i) : (double)NAN;
}

/* What stands in the file is not trusted. */
static frs_status row_of(frs_registry *r, struct sqlite3_stmt *st, frs_trial *t) {
    const char *status = text_at(r, st, 3);
    int k = 0;
    while (k < 4 && strcmp(status, statuses[k]) != 0) k++;
    *t = (frs_trial){.number = r->sql.column_int64(st, 0),
                     .rung = r->sql.column_int64(st, 1),
                     .epochs = r->sql.column_int64(st, 2),
                     .status = (frs_trial_status)k,
                     .score = number_at(r, st, 4),
                     .pairs = r->sql.column_int64(st, 5),
                     .seconds = number_at(r, st, 6)};
    snprintf(t->message, sizeof t->message, "%s", text_at(r, st, 7));
    const bool sane = k < 4 && t->number >= 0 && t->number < MAX_ROWS && t->rung >= 0 &&
                      t->rung < FRS_MAX_RUNGS && t->epochs > 0;
    if (sane) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: trial %lld, rung %lld: damaged (status '%.20s')"),
                     r->path, (long long)t->number, (long long)t->rung, status);
}

static frs_status collect(frs_registry *r, struct sqlite3_stmt *st, frs_trial **t, int64_t *n) {
    int64_t cap = 0;
    int code;
    while ((code = r->sql.step(st)) == FRS__SQL_ROW) {
        if (*n == cap) {
            const int64_t more = cap ? 2 * cap : 64;
            frs_trial *grown =
                more > MAX_ROWS ? NULL : frs__realloc(r->ctx, *t, *n, more, sizeof **t);
            if (!grown) return frs__fail(r->ctx, FRS_E_NOMEM, _("%s: out of memory"), r->path);
            *t = grown;
            cap = more;
        }
        FRS_TRY(row_of(r, st, &(*t)[*n]));
        ++*n;
    }
    return code == FRS__SQL_DONE ? FRS_OK : broken(r, code);
}

frs_status frs__registry_list(frs_registry *r, frs_trial **t, int64_t *n) {
    struct sqlite3_stmt *st;
    *t = NULL;
    *n = 0;
    FRS_TRY(prepare(r,
                    "SELECT trial, rung, epochs, status, score, pairs, seconds, message"
                    " FROM trials ORDER BY rung, trial",
                    &st));
    const frs_status s = collect(r, st, t, n);
    r->sql.finalize(st);
    if (s == FRS_OK) return FRS_OK;
    frs__free(r->ctx, *t);
    *t = NULL;
    *n = 0;
    return s;
}

frs_status frs__registry_claim(frs_registry *r, const frs_trial *t, bool *mine) {
    struct sqlite3_stmt *st;
    *mine = false;
    FRS_TRY(prepare(r,
                    "UPDATE trials SET status = 'running' WHERE trial = ?1 AND rung = ?2"
                    " AND status IN ('waiting', 'running')",
                    &st));
    r->sql.bind_int64(st, 1, t->number);
    r->sql.bind_int64(st, 2, t->rung);
    FRS_TRY(done(r, st));
    *mine = r->sql.changes(r->db) == 1;
    return FRS_OK;
}

frs_status frs__registry_put(frs_registry *r, const frs_trial *t) {
    struct sqlite3_stmt *st;
    FRS_TRY(prepare(r,
                    "UPDATE trials SET status = ?3, score = ?4, pairs = ?5, seconds = ?6,"
                    " message = ?7 WHERE trial = ?1 AND rung = ?2",
                    &st));
    r->sql.bind_int64(st, 1, t->number);
    r->sql.bind_int64(st, 2, t->rung);
    r->sql.bind_text(st, 3, statuses[t->status], -1, NULL);
    if (isfinite(t->score)) r->sql.bind_double(st, 4, t->score); /* else NULL */
    r->sql.bind_int64(st, 5, t->pairs);
    r->sql.bind_double(st, 6, t->seconds);
    r->sql.bind_text(st, 7, t->message, -1, NULL);
    return done(r, st);
}
