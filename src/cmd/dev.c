/* dev man|completion|keys|layers: the pages and the completion that the lists of options, config
 * keys and layers give. */
#include "cmd/cmd.h"
#include "net/net.h"
#include <stdio.h>
#include <string.h>

/* ---- the man page, in roff */

static void roff(const char *text) {
    if (*text == '.' || *text == '\'') fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text != '`')
            putchar(*text);
    }
}

static void roff_option(const cmd_option *o) {
    printf(".TP\n\\fB");
    if (o->letter) printf("\\-%c\\fR, \\fB", o->letter);
    printf("\\-\\-");
    roff(o->name);
    printf("\\fR");
    const bool many = o->arg && strlen(o->arg) > CMD_LONG_CHOICE;
    if (o->arg) printf(" \\fI"), roff(many ? "NAME" : o->arg), printf("\\fR");
    putchar('\n');
    roff(_(o->help));
    for (const char *p = many ? o->arg : ""; *p; p++) {
        if (p == o->arg) printf(":\n");
        if (*p == '|')
            printf(",\n");
        else
            putchar(*p);
    }
    putchar('\n');
}

static void roff_options(unsigned mask, bool all) {
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option o = cmd_option_at(i);
        if ((o.verbs == ON_all) == all && (o.verbs & mask)) roff_option(&o);
    }
}

static void roff_verb(int i) {
    const cmd_verb *v = &cmd_verbs[i];
    printf(".SS freshet %s", v->name);
    if (*v->args) printf(" \\fI%s\\fR", v->args);
    putchar('\n');
    roff(_(v->help));
    puts(".");
    if (v->more) roff(_(v->more)), putchar('\n');
    roff_options(1U << i, false);
}

static const char *const man_end[][2] = {
    {".SH JSON", N_("With --json each line of standard output is an object with a member event: "
                    "message (level, text), "
                    "progress (stage, done, total, epoch, epochs, loss, seconds_left), error "
                    "(status, text), score, test, finding, "
                    "forecast, version, and done at the end. What is not known is null.")},
    {".SH EXIT STATUS", NULL},
    {".TP\n0", N_("done")},
    {".TP\n1", N_("failed: out of memory, training diverged, an error of the program")},
    {".TP\n2",
     N_("bad input or usage; the message names the file and line, or the variable and date")},
    {".TP\n130", N_("interrupted by Ctrl-C or SIGTERM; a second one ends at once")},
    {".SH ENVIRONMENT", NULL},
    {".TP\nFRS_ISA", N_("vector instructions to use, as --isa")},
    {".TP\nFRS_LOCALEDIR", N_("folder of the translations")},
    {".TP\nLANG, LC_MESSAGES, LANGUAGE", N_("language of messages; numbers never follow it")},
    {".TP\nNO_COLOR", N_("no colours when set")},
    {".TP\nTMPDIR", N_("where freshet check keeps what it read while it looks; /tmp when not set")},
};

static void man(void) {
    printf(".TH FRESHET 1 \"\" \"freshet %s\" \"User Commands\"\n", FRS_VERSION);
    printf(".SH NAME\nfreshet \\- deep learning for rivers and rain\n");
    printf(".SH SYNOPSIS\n.B freshet\n\\fIVERB\\fR [\\fIARGUMENT\\fR] [\\fIOPTION\\fR]...\n");
    printf(".SH DESCRIPTION\n");
    roff(_("Takes a gauge record to a trained, verified and explained forecast."));
    printf("\n.SH VERBS\n");
    for (int i = 0; i < N_VERBS; i++)
        if (cmd_verbs[i].help) roff_verb(i);
    printf(".SH OPTIONS OF EVERY VERB\n");
    roff_options(ON_all, true);
    for (int64_t i = 0; i < FRS_LEN(man_end); i++) {
        puts(man_end[i][0]);
        if (man_end[i][1]) roff(_(man_end[i][1])), putchar('\n');
    }
}

/* ---- bash completion */

static void options_of(unsigned mask) {
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option o = cmd_option_at(i);
        if ((o.verbs & mask) == mask) printf(" --%s", o.name);
    }
}

/* One branch of the case on the word before: what may follow an option. */
static void after_option(const cmd_option *o) {
    printf("    --%s", o->name);
    if (o->letter) printf("|-%c", o->letter);
    printf(") ");
    if (o->type == CMD_CHOICE) {
        printf("COMPREPLY=($(compgen -W \"");
        for (const char *p = o->arg; *p; p++) putchar(*p == '|' ? ' ' : *p);
        printf("\" -- \"$cur\")) ;;\n");
    } else if (strcmp(o->name, "set") == 0)
        printf("COMPREPLY=($(compgen -W \"$keys\" -S = -- \"$cur\")); compopt -o nospace ;;\n");
    else if (o->type == CMD_DIR)
        printf("compopt -o dirnames ;;\n");
    else if (o->type == CMD_PATH || o->type == CMD_FILES)
        printf("compopt -o default ;;\n");
    else
        printf(":;;\n");
}

static void completion(void) {
    printf("# bash completion of freshet, made by `freshet dev completion`\n_freshet() {\n");
    printf("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= word\n");
    printf("    local keys=\"");
    for (int64_t i = 0; i < frs_n_keys(); i++)
        if (frs_key_at(i)->status == FRS_KEY_USED) printf(" %s", frs_key_at(i)->name);
    printf("\"\n    COMPREPLY=()\n    case $prev in\n");
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option o = cmd_option_at(i);
        if (o.type != CMD_FLAG) after_option(&o);
    }
    printf(
        "    *)\n    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in ");
    for (int i = 0, n = 0; i < N_VERBS; i++)
        if (cmd_verbs[i].help) printf("%s%s", n++ ? "|" : "", cmd_verbs[i].name);
    printf(") verb=$word; break ;; esac\n    done\n    case $verb/$cur in\n");
    for (int i = 0; i < N_VERBS; i++) {
        if (!cmd_verbs[i].help) continue;
        printf("    %s/-*) COMPREPLY=($(compgen -W \"", cmd_verbs[i].name);
        options_of(1U << i);
        printf("\" -- \"$cur\")) ;;\n");
    }
    printf("    /-*) COMPREPLY=($(compgen -W \"");
    options_of(ON_all);
    printf("\" -- \"$cur\")) ;;\n    help/*|/*) COMPREPLY=($(compgen -W \"");
    for (int i = 0; i < N_VERBS; i++)
        if (cmd_verbs[i].help) printf(" %s", cmd_verbs[i].name);
    printf("\" -- \"$cur\")) ;;\n    *) compopt -o default ;;\n    esac ;;\n    esac\n}\n");
    printf("complete -F _freshet freshet\n");
}

/* ---- docs/config.md */

static void markdown_cell(const char *text) {
    for (; *text; text++) {
        if (*text == '|') putchar('\\');
        putchar(*text);
    }
}

static void type_of(const frs_key *k) {
    static const char *const names[] = {
        "text", "whole number", "number", "true or false",
        "date", "list",         "path",   "number or {epoch: number}",
        "",     "any",          "search"};
    char low[40], high[40];
    if (!k->choices) {
        printf("%s", names[k->type]);
        if (k->min <= k->max)
            printf(" from %s to %s", frs__format_double(k->min, low),
                   frs__format_double(k->max, high));
        return;
    }
    for (const char *p = k->choices; *p && *p != '/'; p++) {
        if (*p == '|')
            printf(", ");
        else
            putchar(*p);
    }
    if (k->type == FRS_KEY_MODEL) printf(", a name of `nets`, or a list of layers");
}

static void key_row(const frs_key *k) {
    static const char *const status[] = {"", " (ignored)", " (not supported yet)"};
    printf("| `%s` | ", k->name);
    type_of(k);
    printf(" | %s%s%s | %s | ", k->initial ? "`" : "", k->initial ? k->initial : "",
           k->initial ? "`" : "", k->origin == FRS_FROM_NH ? "NeuralHydrology" : "Freshet");
    markdown_cell(k->doc);
    printf("%s |\n", status[k->status]);
}

static void keys(void) {
    const char *group = "";
    puts("# Every key of a config\n\nMade by `freshet dev keys` from the list that the parser "
         "reads. "
         "A config is YAML; `--set key=value` puts a\nkey to another value. NeuralHydrology's keys "
         "are "
         "all known: those marked *ignored* change nothing here, those\nmarked *not supported yet* "
         "stop "
         "a run unless they have their default.");
    for (int64_t i = 0; i < frs_n_keys(); i++) {
        const frs_key *k = frs_key_at(i);
        if (strcmp(k->group, group) != 0)
            printf(
                "\n## %c%s\n\n| key | value | default | from | meaning |\n|---|---|---|---|---|\n",
                k->group[0] - 'a' + 'A', k->group + 1);
        group = k->group;
        key_row(k);
    }
}

/* docs/layers.md */
static frs_status layers(frs_ctx *ctx) {
    frs_buf page = {.ctx = ctx};
    frs__layers_describe(&page);
    const frs_status s = frs__buf_status(&page);
    if (s == FRS_OK) fputs(page.data, stdout);
    frs__buf_free(&page);
    return s;
}

frs_status cmd_dev(cmd *c) {
    const char *what = c->o->args.at[0];
    if (strcmp(what, "man") == 0)
        man();
    else if (strcmp(what, "completion") == 0)
        completion();
    else if (strcmp(what, "keys") == 0)
        keys();
    else if (strcmp(what, "layers") == 0)
        return layers(c->ctx);
    else
        return frs__fail(c->ctx, FRS_E_ARG, _("freshet dev: expected %s"),
                         cmd_verbs[VERB_dev].args);
    return FRS_OK;
}
