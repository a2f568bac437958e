#include "cmd/term.h"
#include "cmd/json.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double redraw_s = 0.1, json_s = 1.0, plain_s = 2.0; /* least time between lines */

void term_open(term *t, const cmd_options *o) {
    const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");
    const bool tty = isatty(STDERR_FILENO) && !(kind && strcmp(kind, "dumb") == 0);
    *t = (term){.json = o->json,
                .quiet = o->quiet,
                .verbose = o->verbose,
                .color = tty && !o->no_color && !(no_color && *no_color),
                .live = tty && !o->json && !o->quiet};
}

static void erase(term *t) {
    if (t->drawn) fputs("\r\033[K", stderr);
    t->drawn = false;
}

bool term_close(term *t) {
    erase(t);
    return fflush(stdout) == 0 && !ferror(stdout);
}

static const char *level_name(frs_log_level level) {
    static const char *const names[] = {"error", "warning", "info", "debug"};
    return names[level];
}

static void message(term *t, frs_log_level level, const char *text) {
    static const char *const colors[] = {"\033[1;31m", "\033[1;33m", "", "\033[2m"};
    static const char *const prefix[] = {N_("error: "), N_("warning: "), "", ""};
    if (t->json) {
        line_open("message");
        line_string("level", level_name(level));
        line_string("text", text);
        line_close();
        return;
    }
    erase(t);
    fflush(stdout); /* what was said before stands before */
    const bool paint = t->color && *colors[level];
    fprintf(stderr, "%s%s", paint ? colors[level] : "", *prefix[level] ? _(prefix[level]) : "");
    if (paint && level <= FRS_LOG_WARN) fputs("\033[0m", stderr);
    cmd_put_clean(stderr, text, false);
    fputs(paint && level > FRS_LOG_WARN ? "\033[0m\n" : "\n", stderr);
}

void term_error(term *t, frs_status s, const char *text) {
    if (!t->json) {
        message(t, s == FRS_E_CANCELLED ? FRS_LOG_INFO : FRS_LOG_ERROR, text);
        return;
    }
    line_open("error");
    line_string("status", frs_status_name(s));
    line_string("text", text);
    line_close();
}

/* Where a status line is redrawn, it tells what information lines would. */
void term_log(term *t, frs_log_level level, const char *text) {
    if (level == FRS_LOG_DEBUG && !t->verbose) return;
    if (level == FRS_LOG_INFO && t->live && !t->verbose) return;
    if (level > FRS_LOG_ERROR && t->quiet) return;
    message(t, level, text);
}

void term_say(term *t, const char *fmt, ...) {
    char text[2048];
    va_list args;
    if (t->quiet) return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    message(t, FRS_LOG_INFO, text);
}

void term_text(term *t, const char *name, const char *text) {
    erase(t);
    if (!t->json) {
        fputs(text, stdout);
        return;
    }
    line_open(name);
    line_string("text", text);
    line_close();
}

void term_facts(term *t, const char *name, const term_fact *facts, int n) {
    erase(t);
    if (t->json) line_open(name);
    for (int i = 0; i < n; i++) {
        if (t->json)
            line_string(facts[i].key, facts[i].value);
        else
            printf("%s: %s\n", facts[i].title, facts[i].value);
    }
    if (t->json) line_close();
}

/* ---- progress */

static void time_left(double s, char *buf, size_t size) {
    const int64_t n = (int64_t)(s + 0.5);
    if (n < 60)
        snprintf(buf, size, _("%lld s left"), (long long)n);
    else if (n < 3600)
        snprintf(buf, size, _("%lld min %02lld s left"), (long long)(n / 60), (long long)(n % 60));
    else
        snprintf(buf, size, _("%lld h %02lld min left"), (long long)(n / 3600),
                 (long long)(n / 60 % 60));
}

static void describe(const frs_progress_info *p, char *buf, size_t size) {
    char left[64];
    int n = snprintf(buf, size, "%s", p->stage);
    const size_t last = size - 1;
#define ADD(...) n += snprintf(buf + n, (size_t)n < last ? size - (size_t)n : 0, __VA_ARGS__)
    if (p->epochs > 0) ADD(_(", epoch %lld of %lld"), (long long)p->epoch, (long long)p->epochs);
    if (p->total > 0 && (size_t)n < last) ADD(", %lld %%", (long long)(100 * p->done / p->total));
    if (isfinite(p->value) && (size_t)n < last) ADD(_(", loss %.5f"), p->value);
    if (isfinite(p->eta_s) && (size_t)n < last) {
        time_left(p->eta_s, left, sizeof left);
        ADD(", %s", left);
    }
#undef ADD
}

/* Cut to the terminal's width, at a character. */
static void draw(term *t, char *line) {
    struct winsize w;
    const int columns =
        ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 10 ? w.ws_col - 1 : 79;
    int n = 0;
    char *p = line;
    for (; *p; p++) {
        n += ((unsigned char)*p & 0xc0) != 0x80;
        if (n > columns) break;
    }
    *p = 0;
    erase(t);
    fputs(line, stderr);
    t->drawn = true;
}

static void progress_json(const frs_progress_info *p) {
    line_open("progress");
    line_string("stage", p->stage);
    line_number("done", (double)p->done);
    line_number("total", (double)p->total);
    if (p->epochs > 0) {
        line_number("epoch", (double)p->epoch);
        line_number("epochs", (double)p->epochs);
        line_number("loss", p->value);
    }
    line_number("seconds_left", p->eta_s);
    line_close();
}

/* On a terminal ten a second. Plain lines: the log has one an epoch; elsewhere one each tenth of a
 * stage that takes long. JSON: the first and the last of a stage or epoch, and one a second. */
static bool due(term *t, const frs_progress_info *p) {
    const double now = frs__now_s();
    const int64_t part = p->total > 0 ? 10 * p->done / p->total : 0;
    const bool begins = strncmp(t->stage, p->stage, sizeof t->stage - 1) != 0;
    bool yes;
    if (begins) {
        snprintf(t->stage, sizeof t->stage, "%s", p->stage);
        t->shown_s = t->live || t->json ? -1e9 : now;
    }
    if (t->live)
        yes = now - t->shown_s >= redraw_s;
    else if (t->json)
        yes = now - t->shown_s >= json_s || p->done == p->total;
    else
        yes = p->epochs == 0 && part != t->part && now - t->shown_s >= plain_s;
    if (!yes) return false;
    t->part = part;
    t->shown_s = now;
    return true;
}

void term_progress(term *t, const frs_progress_info *p) {
    char line[512];
    if (t->quiet || !p->stage || !due(t, p)) return;
    if (t->json) {
        progress_json(p);
        return;
    }
    describe(p, line, sizeof line);
    if (t->live)
        draw(t, line);
    else
        message(t, FRS_LOG_INFO, line);
}
