/* tune: processes at the work of a search, and what to tell of it. */
#include "freshet/tune.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "report/view.h"
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_JOBS = 1024, LOOK_MS = 200, MAX_DEATHS = 3, SHOWN_BEST = 10 };

typedef struct pool {
    cmd *c;
    frs_tune *t;
    const char *folder;
    int64_t jobs;
    pid_t pids[MAX_JOBS]; /* 0: nobody works there */
    int64_t deaths;       /* by a signal that is not ours, since a trial was last done */
    frs_status failed;    /* of a process that told why */
    int killer;           /* the signal of the last death */
    bool stopping;
    frs_trial_status *told; /* [n_told] of the registry's rows */
    int64_t n_told, done;
} pool;

/* ---- processes */

/* A process of its own group: Ctrl-C reaches this one alone, which asks the others to end. */
static frs_status spawn(pool *p, int64_t slot) {
    extern char **environ;
    const cmd_options *o = p->c->o;
    const int64_t threads = frs_ctx_threads(p->c->ctx);
    const int64_t share = threads / p->jobs + (slot < threads % p->jobs);
    char number[24], parent[24];
    snprintf(number, sizeof number, "%lld", (long long)(share < 1 ? 1 : share));
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    const char *argv[16] = {"freshet", "tune_worker", "--threads",           number,
                            "--quiet", "--isa",       frs_ctx_isa(p->c->ctx)};
    int n = 7;
    if (p->c->t.json) argv[n++] = "--json";
    if (o->lang) argv[n++] = "--lang", argv[n++] = o->lang;
    argv[n++] = "--";
    argv[n++] = p->folder;
    argv[n++] = parent;
    posix_spawnattr_t a;
    int code = posix_spawnattr_init(&a);
    if (code == 0) {
        posix_spawnattr_setflags(&a, POSIX_SPAWN_SETPGROUP);
        fflush(stdout);
        code =
            posix_spawn(&p->pids[slot], "/proc/self/exe", NULL, &a, (char *const *)argv, environ);
        posix_spawnattr_destroy(&a);
    }
    if (code == 0) return FRS_OK;
    p->pids[slot] = 0;
    return frs__fail(p->c->ctx, FRS_E_IO, _("no process can be started: %s"), strerror(code));
}

static int64_t alive(const pool *p) {
    int64_t n = 0;
    for (int64_t i = 0; i < p->jobs; i++) n += p->pids[i] > 0;
    return n;
}

static void ask_to_end(pool *p) {
    if (p->stopping) return;
    p->stopping = true;
    for (int64_t i = 0; i < p->jobs; i++)
        if (p->pids[i] > 0) kill(p->pids[i], SIGTERM);
}

/* One that a signal ended (no memory, kill -9) is replaced; its trial is done again. */
static frs_status bury(pool *p, int64_t slot, int status) {
    p->pids[slot] = 0;
    if (WIFEXITED(status)) {
        const int code = WEXITSTATUS(status);
        if (code == 0 || p->stopping) return FRS_OK;
        p->failed = code == 2 ? FRS_E_INPUT : FRS_E_INTERNAL;
        ask_to_end(p);
        return FRS_OK;
    }
    p->killer = WTERMSIG(status);
    if (p->stopping) return FRS_OK;
    if (++p->deaths <= MAX_DEATHS) return spawn(p, slot);
    ask_to_end(p);
    return FRS_OK;
}

static frs_status reap(pool *p) {
    for (int64_t i = 0; i < p->jobs; i++) {
        int status;
        if (p->pids[i] > 0 && waitpid(p->pids[i], &status, WNOHANG) == p->pids[i])
            FRS_TRY(bury(p, i, status));
    }
    return FRS_OK;
}

/* ---- what is told */

static void tell_trial(pool *p, const frs_trial *x) {
    char score[40], seconds[40];
    char *values = NULL;
    if (frs_tune_values(p->t, x->number, &values) != FRS_OK) return;
    if (p->c->t.json) {
        line_open("trial");
        line_number("trial", (double)x->number);
        line_number("rung", (double)x->rung);
        line_number("epochs", (double)x->epochs);
        line_string("status", x->status == FRS_TRIAL_DONE ? "done" : "failed");
        line_number("score", x->score);
        line_number("seconds", x->seconds);
        line_string("values", values);
        line_string("message", x->message);
        line_close();
    } else if (x->status == FRS_TRIAL_DONE) {
        char line[2048];
        snprintf(line, sizeof line, _("trial %lld, %lld epochs: %s %s, %s s; %s"),
                 (long long)x->number, (long long)x->epochs, frs_tune_metric(p->t),
                 term_number(x->score, 4, score), term_number(x->seconds, 1, seconds), values);
        term_log(&p->c->t, FRS_LOG_INFO, line);
    } else {
        char line[2048];
        snprintf(line, sizeof line, _("trial %lld failed: %s; %s"), (long long)x->number,
                 x->message, values);
        term_log(&p->c->t, FRS_LOG_INFO, line);
    }
    frs_text_free(p->c->ctx, values);
}

/* quietly: what was done before this call of the program is not news. */
static frs_status tell_news(pool *p, bool quietly) {
    const frs_trial *x;
    int64_t n;
    FRS_TRY(frs_tune_trials(p->t, &x, &n));
    if (n > p->n_told) {
        frs_trial_status *more =
            frs__realloc(p->c->ctx, p->told, p->n_told, n, sizeof *more); /* zero: waiting */
        if (!more) return FRS_E_NOMEM;
        p->told = more;
        p->n_told = n;
    }
    for (int64_t i = 0; i < n; i++) {
        if (x[i].status <= FRS_TRIAL_RUNNING || p->told[i] > FRS_TRIAL_RUNNING) continue;
        p->told[i] = x[i].status;
        p->done++;
        p->deaths = 0;
        if (!quietly) tell_trial(p, &x[i]);
    }
    return FRS_OK;
}

static frs_status tell_progress(pool *p) {
    char stage[160], score[40];
    frs_tune_state s;
    FRS_TRY(frs_tune_state_get(p->t, &s));
    if (s.best >= 0)
        snprintf(stage, sizeof stage, _("tuning, best %s %s (trial %lld)"), frs_tune_metric(p->t),
                 term_number(s.score, 3, score), (long long)s.best);
    else
        snprintf(stage, sizeof stage, "%s", _("tuning"));
    const double left = s.epoch_s * (double)s.epochs_left / (double)p->jobs;
    const frs_progress_info info = {
        .stage = stage, .done = s.done, .total = s.planned, .value = NAN, .eta_s = left};
    term_progress(&p->c->t, &info);
    return FRS_OK;
}

/* ---- a rung */

static frs_status watch(pool *p) {
    while (alive(p) > 0) {
        usleep(LOOK_MS * 1000);
        if (cmd_interrupted(NULL)) ask_to_end(p);
        FRS_TRY(tell_news(p, false));
        FRS_TRY(reap(p));
        if (!p->stopping) FRS_TRY(tell_progress(p));
    }
    return tell_news(p, false);
}

static frs_status verdict(const pool *p) {
    if (cmd_interrupted(NULL))
        return frs__fail(p->c->ctx, FRS_E_CANCELLED,
                         _("interrupted; go on by: freshet tune --resume %s"), p->folder);
    if (p->failed != FRS_OK)
        return frs__fail(p->c->ctx, p->failed,
                         _("a process of the search stopped, as told above; go on by: freshet tune "
                           "--resume %s"),
                         p->folder);
    if (p->deaths > MAX_DEATHS)
        return frs__fail(p->c->ctx, FRS_E_INTERNAL,
                         _("%d processes of the search in a row were ended by a signal (%s): too "
                           "little memory? fewer --jobs need less; go on by: freshet tune --resume "
                           "%s"),
                         MAX_DEATHS + 1, strsignal(p->killer), p->folder);
    return FRS_OK;
}

static frs_status work_on_rung(pool *p, int64_t left) {
    frs_status s = FRS_OK;
    for (int64_t i = 0; i < p->jobs && i < left && s == FRS_OK; i++) s = spawn(p, i);
    if (s == FRS_OK) s = watch(p);
    if (s != FRS_OK) { /* nobody goes on unseen */
        ask_to_end(p);
        for (int64_t i = 0; i < p->jobs; i++)
            if (p->pids[i] > 0) waitpid(p->pids[i], NULL, 0);
        return s;
    }
    return verdict(p);
}

/* ---- the end */

/* The best trials of the last rung. */
static frs_status print_best(pool *p) {
    const frs_trial *x;
    int64_t n, shown[SHOWN_BEST], m = 0;
    FRS_TRY(frs_tune_trials(p->t, &x, &n));
    const char *metric = frs_tune_metric(p->t);
    for (int64_t i = 0; i < n; i++) {
        if (x[i].rung != x[n - 1].rung || x[i].status != FRS_TRIAL_DONE) continue;
        int64_t k = m < SHOWN_BEST ? m++ : SHOWN_BEST;
        const double good = frs__goodness(metric, x[i].score);
        for (; k > 0 && good > frs__goodness(metric, x[shown[k - 1]].score); k--)
            if (k < SHOWN_BEST) shown[k] = shown[k - 1];
        if (k < SHOWN_BEST) shown[k] = i;
    }
    term_table tab = {.memory.ctx = p->c->ctx,
                      .name = "best",
                      .n_columns = 3,
                      .columns = {{"trial", _("Trial"), true},
                                  {"score", metric, true},
                                  {"values", _("Values"), false}}};
    for (int64_t i = 0; i < m; i++) {
        char number[24], score[40], *values = NULL;
        snprintf(number, sizeof number, "%lld", (long long)x[shown[i]].number);
        const frs_status s = frs_tune_values(p->t, x[shown[i]].number, &values);
        const char *cells[] = {number, term_number(x[shown[i]].score, 4, score),
                               values ? values : ""};
        if (s == FRS_OK) term_row(&tab, cells);
        frs_text_free(p->c->ctx, values);
    }
    return term_table_print(&p->c->t, &tab, false);
}

static frs_status tell_end(pool *p) {
    char number[24] = "", winner[1100], page[1100];
    frs_tune_state s;
    FRS_TRY(print_best(p));
    FRS_TRY(frs_tune_state_get(p->t, &s));
    snprintf(number, sizeof number, "%lld", (long long)s.best);
    snprintf(winner, sizeof winner, "%.1000s/winner", p->folder);
    snprintf(page, sizeof page, "%.1000s/tune.html", p->folder);
    const term_fact facts[] = {{"winner", _("Winner: trial"), number},
                               {"run", _("Its run folder"), winner},
                               {"report", _("Report"), page}};
    term_facts(&p->c->t, "done", facts, (int)FRS_LEN(facts));
    return FRS_OK;
}

static frs_status search(pool *p) {
    int64_t left;
    FRS_TRY(tell_news(p, true));
    for (;;) {
        FRS_TRY(frs_tune_next(p->t, &left));
        if (left == 0) break;
        FRS_TRY(work_on_rung(p, left));
    }
    const frs_status s = frs_tune_finish(p->t);
    if (s == FRS_E_CANCELLED) return verdict(p);
    FRS_TRY(s);
    return tell_end(p);
}

/* ---- the verb */

static frs_status usage(cmd *c) {
    const cmd_options *o = c->o;
    if (o->args.n == 0 && !o->resume)
        return frs__fail(
            c->ctx, FRS_E_ARG,
            _("freshet tune: which config? `freshet tune CONFIG --out FOLDER` starts a "
              "search, `freshet tune --resume FOLDER` goes on with one"));
    if (o->resume && (o->args.n || o->out || o->set.n || o->seed >= 0 || o->trials >= 0))
        return frs__fail(
            c->ctx, FRS_E_ARG,
            _("--resume takes everything from its folder: leave out the config, --out, "
              "--set, --seed and --trials"));
    if (!o->resume && !o->out)
        return frs__fail(c->ctx, FRS_E_ARG, _("--out is missing: where shall it go?"));
    if (o->jobs > MAX_JOBS || o->jobs == 0)
        return frs__fail(c->ctx, FRS_E_ARG, _("--jobs: expected from 1 to %d, found %lld"),
                         MAX_JOBS, (long long)o->jobs);
    return FRS_OK;
}

frs_status cmd_tune(cmd *c) {
    const cmd_options *o = c->o;
    frs_config *config = NULL;
    FRS_TRY(usage(c));
    if (!o->resume) FRS_TRY(cmd_load_config(c, o->args.at[0], &config));
    pool *p = frs__alloc(c->ctx, 1, sizeof *p);
    frs_status s = p ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        const int64_t threads = frs_ctx_threads(c->ctx);
        *p = (pool){.c = c,
                    .folder = o->resume ? o->resume : o->out,
                    .jobs = o->jobs > 0          ? o->jobs
                            : threads < MAX_JOBS ? threads
                                                 : MAX_JOBS};
        s = frs_tune_open(c->ctx, &(frs_tune_opts){config, p->folder}, &p->t);
    }
    if (s == FRS_OK) s = search(p);
    if (p) frs__free(c->ctx, p->told);
    if (p) frs_tune_close(p->t);
    frs__free(c->ctx, p);
    frs_config_free(config);
    return s;
}

/* The other side of spawn. When the program that started it is gone, it ends like on Ctrl-C. */
frs_status cmd_tune_worker(cmd *c) {
    int64_t parent = 0;
    const char *text = c->o->args.at[1];
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!frs__parse_int(text, strlen(text), &parent) || parent != getppid())
        return frs__fail(c->ctx, FRS_E_ARG,
                         _("freshet tune starts this verb; it is not for people"));
    return frs_tune_work(c->ctx, c->o->args.at[0]);
}
