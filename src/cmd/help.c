/* Help from the option list. */
#include "cmd/cmd.h"
#include <stdio.h>
#include <string.h>

/* Names parted by '|', in lines of at most 80 cells. */
static void print_choices(const char *names, int indent) {
    int column = 0;
    for (const char *p = names; *p; p += *p == '|') {
        const int n = (int)strcspn(p, "|");
        if (column == 0 || column + n + 2 > 80)
            column = printf("%s%*s", column ? "\n" : "", indent, "") - (column > 0);
        else
            column += printf(" ");
        column += printf("%.*s%s", n, p, p[n] ? "," : "");
        p += n;
    }
    putchar('\n');
}

static void print_option(const cmd_option *o) {
    char left[96];
    const bool many = o->arg && strlen(o->arg) > CMD_LONG_CHOICE;
    const char *arg = many ? "NAME" : o->arg;
    char letter[8] = "    ";
    if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, arg ? " " : "", arg ? arg : "");
    const int width = 30, n = frs__text_width(left);
    if (n >= width)
        printf("%s\n%*s%s\n", left, width, "", _(o->help));
    else
        printf("%s%*s%s\n", left, width - n, "", _(o->help));
    if (many) print_choices(o->arg, width);
}

static void print_options(unsigned mask, bool all) {
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option o = cmd_option_at(i);
        if ((o.verbs == ON_all) == all && (o.verbs & mask)) print_option(&o);
    }
}

/* Lines of at most 80 cells. */
static void print_wrapped(const char *text) {
    int column = 0;
    while (*text) {
        const size_t n = strcspn(text, " ");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)(n < 120 ? n : 120), text);
        const int w = frs__text_width(word);
        if (column && column + 1 + w > 80) putchar('\n'), column = 0;
        printf("%s%s", column ? " " : "", word);
        column += w + (column > 0);
        text += n;
        while (*text == ' ') text++;
    }
    putchar('\n');
}

static void program_usage(void) {
    printf("%s\n\n", _("Usage: freshet VERB [ARGUMENT] [OPTION]..."));
    puts(_("Deep learning for rivers and rain: from a gauge record to a verified forecast."));
    printf("\n%s\n", _("Verbs:"));
    for (int i = 0; i < N_VERBS; i++) {
        const cmd_verb *v = &cmd_verbs[i];
        if (!v->help) continue;
        printf("  %-9s %-11s %s\n", v->name, v->args, _(v->help));
    }
    printf("\n%s\n", _("Options of every verb:"));
    print_options(ON_all, true);
    printf("\n%s\n", _("`freshet help VERB` shows a verb's own options. To begin: freshet demo"));
}

void cmd_usage(int verb) {
    if (verb < 0) {
        program_usage();
        return;
    }
    const cmd_verb *v = &cmd_verbs[verb];
    printf(_("Usage: freshet %s %s%s[OPTION]..."), v->name, v->args, *v->args ? " " : "");
    printf("\n\n");
    if (v->help) print_wrapped(_(v->help));
    if (v->more) putchar('\n'), print_wrapped(_(v->more));
    printf("\n%s\n", _("Options:"));
    print_options(1U << verb, false);
    printf("\n%s\n", _("Options of every verb:"));
    print_options(1U << verb, true);
}

frs_status cmd_help(cmd *c) {
    int verb = -1;
    if (c->o->args.n)
        for (int i = 0; i < N_VERBS && verb < 0; i++)
            if (strcmp(cmd_verbs[i].name, c->o->args.at[0]) == 0) verb = i;
    if (c->o->args.n && verb < 0)
        return frs__fail(c->ctx, FRS_E_ARG, _("there is no verb %.40s"), c->o->args.at[0]);
    cmd_usage(verb);
    return FRS_OK;
}
