/* The program: language, signals, the verb, the exit status. */
#include "cmd/cmd.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

static frs_status (*const verbs[N_VERBS])(cmd *) = {
#define VERB(name, ...) cmd_##name,
#include "cmd/option_list.def"
};

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_INPUT = 2, EXIT_INTERRUPTED = 130 };

static int exit_status(frs_status s) {
    switch (s) {
    case FRS_OK:
        return EXIT_DONE;
    case FRS_E_NOMEM:
    case FRS_E_INTERNAL:
    case FRS_E_DIVERGED:
        return EXIT_FAILED;
    case FRS_E_CANCELLED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_INPUT;
    }
}

static void on_log(void *user, frs_log_level level, const char *text) {
    term_log(&((cmd *)user)->t, level, text);
}

static void on_progress(void *user, const frs_progress_info *info) {
    term_progress(&((cmd *)user)->t, info);
}

/* As it could be typed again: words with other than plain characters in single quotes. */
static char *command_line(int argc, char **argv) {
    frs_buf b = {0};
    frs__buf_add(&b, "freshet");
    for (int i = 1; i < argc; i++) {
        static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                    "_-+=./,:@%";
        const char *w = argv[i];
        frs__buf_add(&b, " ");
        if (*w && strspn(w, plain) == strlen(w)) {
            frs__buf_add(&b, w);
            continue;
        }
        frs__buf_add(&b, "'");
        for (; *w; w++) {
            if (*w == '\'')
                frs__buf_add(&b, "'\\''");
            else
                frs__buf_add_n(&b, w, 1);
        }
        frs__buf_add(&b, "'");
    }
    return b.data;
}

static int refuse(cmd *c) {
    const cmd_options *o = c->o;
    char hint[96];
    snprintf(hint, sizeof hint, "freshet %s%s--help", o->verb >= 0 ? cmd_verbs[o->verb].name : "",
             o->verb >= 0 ? " " : "");
    term_error(&c->t, FRS_E_ARG, o->problem);
    term_say(&c->t, _("`%s` shows what can be asked."), hint);
    return EXIT_INPUT;
}

static int finish(cmd *c, frs_status s) {
    if (s != FRS_OK) {
        const char *text = frs_message(c->ctx);
        term_error(&c->t, s, *text ? text : frs_status_name(s));
    }
    if (term_close(&c->t)) return exit_status(s);
    term_error(&c->t, FRS_E_IO, _("standard output could not be written"));
    return s == FRS_OK ? EXIT_INPUT : exit_status(s);
}

static int run_verb(cmd *c, int argc, char **argv) {
    const int64_t threads = c->o->threads < 0 ? 0 : c->o->threads; /* 0: all cores */
    const frs_ctx_opts opts = {.threads = threads < INT_MAX ? (int)threads : INT_MAX,
                               .isa = c->o->isa,
                               .log = on_log,
                               .progress = on_progress,
                               .cancelled = cmd_interrupted,
                               .user = c};
    const frs_status s = frs_ctx_new(&opts, &c->ctx);
    if (s != FRS_OK) return exit_status(s); /* told through the log */
    cmd_signals();
    c->line = command_line(argc, argv);
    const int status = finish(c, verbs[c->o->verb](c));
    frs__free(NULL, c->line);
    frs_ctx_free(c->ctx);
    return status;
}

int main(int argc, char **argv) {
    frs_arena memory = {0};
    cmd_options o;
    cmd c = {.o = &o};
    const char *lang = NULL; /* needed before the first message */
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            lang = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            lang = argv[i + 1];
    }
    cmd_language(lang);
    const bool fine = cmd_parse(&memory, argc, argv, &o);
    term_open(&c.t, &o);
    int status = EXIT_DONE;
    if (!fine)
        status = refuse(&c);
    else if (o.version)
        printf("freshet %s\n", FRS_VERSION);
    else if (o.help)
        cmd_usage(o.verb);
    else if (o.verb >= 0)
        status = run_verb(&c, argc, argv);
    else {
        cmd_usage(-1);
        status = EXIT_INPUT;
    }
    frs__arena_free(&memory);
    return status;
}
