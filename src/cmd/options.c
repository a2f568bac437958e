/* Reading the command line. Options and arguments may stand in any order; "--" ends the options. */
#include "cmd/options.h"
#include <stdio.h>
#include <string.h>

const cmd_verb cmd_verbs[N_VERBS] = {
#define VERB(name, args, least, most, help, more) {#name, args, help, more, least, most},
#include "cmd/option_list.def"
};

typedef struct row {
    const char *name;
    char letter;
    const char *arg;
    cmd_type type;
    unsigned verbs;
    const char *help;
    size_t offset;
} row;
static const row rows[] = {
#define OPTION(name, letter, arg, type, verbs, help)                                               \
    {#name, letter, arg, CMD_##type, verbs, help, offsetof(cmd_options, name)},
#include "cmd/option_list.def"
};

int cmd_n_options(void) {
    return (int)FRS_LEN(rows);
}

cmd_option cmd_option_at(int i) {
    const row *r = &rows[i];
    cmd_option o = {.letter = r->letter,
                    .arg = r->arg,
                    .help = r->help,
                    .type = r->type,
                    .verbs = r->verbs,
                    .offset = r->offset};
    snprintf(o.name, sizeof o.name, "%s", r->name);
    for (char *p = o.name; *p; p++)
        if (*p == '_') *p = '-';
    return o;
}

/* ---- what may have been meant */

typedef struct guess {
    const char *wanted;
    char best[24];
    int distance;
} guess;

static void consider(guess *g, const char *name) {
    const int d = frs__edit_distance(g->wanted, name);
    const bool starts = strlen(g->wanted) >= 2 && strncmp(g->wanted, name, strlen(g->wanted)) == 0;
    const int limit = strlen(name) > 4 ? 2 : 1;
    if (!starts && (d > limit || d >= g->distance)) return;
    g->distance = starts ? 0 : d;
    snprintf(g->best, sizeof g->best, "%s", name);
}

static void refuse_unknown(cmd_options *o, bool option, const char *name) {
    guess g = {.wanted = name, .distance = 99};
    if (option)
        for (int i = 0; i < cmd_n_options(); i++) consider(&g, cmd_option_at(i).name);
    else
        for (int i = 0; i < N_VERBS; i++)
            if (cmd_verbs[i].help) consider(&g, cmd_verbs[i].name);
    const char *what = option ? _("there is no option --%.40s") : _("there is no verb %.40s");
    const int n = snprintf(o->problem, sizeof o->problem, what, name);
    if (g.best[0] && n > 0 && n < (int)sizeof o->problem)
        snprintf(o->problem + n, sizeof o->problem - (size_t)n, _("; did you mean %s%s?"),
                 option ? "--" : "", g.best);
}

/* ---- one option */

static bool in_choices(const char *choices, const char *value) {
    const size_t n = strlen(value);
    for (const char *p = choices; *p; p += *p == '|') {
        const size_t m = strcspn(p, "|");
        if (n == m && strncmp(p, value, n) == 0) return true;
        p += m;
    }
    return false;
}

static bool append(cmd_options *o, cmd_list *list, const char *value) {
    const char **at = frs__arena_alloc(o->memory, list->n + 1, sizeof *at);
    if (!at) {
        snprintf(o->problem, sizeof o->problem, "%s", _("out of memory"));
        return false;
    }
    if (list->n) memcpy(at, list->at, (size_t)list->n * sizeof *at);
    at[list->n++] = value;
    list->at = at;
    return true;
}

static bool store(cmd_options *o, const cmd_option *opt, const char *value) {
    void *field = (char *)o + opt->offset;
    int64_t *number = field;
    const char *expected = NULL;
    switch (opt->type) {
    case CMD_FLAG:
        *(bool *)field = true;
        return true;
    case CMD_LIST:
    case CMD_FILES:
        return append(o, field, value);
    case CMD_INT:
        if (frs__parse_int(value, strlen(value), number) && *number >= 0) return true;
        expected = _("a whole number, 0 or more");
        break;
    case CMD_DATE:
        if (frs_date_parse(value, strlen(value), number) == FRS_OK) return true;
        expected = _("a date that exists, YYYY-MM-DD");
        break;
    case CMD_CHOICE:
        if (!in_choices(opt->arg, value)) {
            expected = opt->arg;
            break;
        }
        /* fall through */
    default:
        *(const char **)field = value;
        return true;
    }
    snprintf(o->problem, sizeof o->problem, _("--%s: expected %s, found '%.80s'"), opt->name,
             expected, value);
    return false;
}

static int find_long(const char *name, size_t n) {
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option opt = cmd_option_at(i);
        if (strlen(opt.name) == n && strncmp(opt.name, name, n) == 0) return i;
    }
    return -1;
}

static int find_letter(char letter) {
    for (int i = 0; i < cmd_n_options(); i++)
        if (letter && rows[i].letter == letter) return i;
    return -1;
}

typedef struct reader {
    cmd_options *o;
    char **argv;
    int argc, i;
    uint64_t seen; /* bit by option number */
} reader;

/* value NULL: the next word, if the option takes one. */
static bool take(reader *r, int which, const char *value) {
    const cmd_option opt = cmd_option_at(which);
    r->seen |= UINT64_C(1) << which;
    if (opt.type == CMD_FLAG && value) {
        snprintf(r->o->problem, sizeof r->o->problem, _("--%s takes no value"), opt.name);
        return false;
    }
    if (opt.type != CMD_FLAG && !value) value = r->i + 1 < r->argc ? r->argv[++r->i] : NULL;
    if (opt.type != CMD_FLAG && !value) {
        snprintf(r->o->problem, sizeof r->o->problem, _("--%s needs a value: %s"), opt.name,
                 opt.arg);
        return false;
    }
    return store(r->o, &opt, value);
}

static bool take_long(reader *r, const char *word) {
    const size_t n = strcspn(word, "=");
    const int which = find_long(word, n);
    char name[48];
    if (which >= 0) return take(r, which, word[n] ? word + n + 1 : NULL);
    snprintf(name, sizeof name, "%.*s", (int)(n < 40 ? n : 40), word);
    refuse_unknown(r->o, true, name);
    return false;
}

static bool take_letters(reader *r, const char *word) {
    for (; *word; word++) {
        const int which = find_letter(*word);
        if (which < 0) {
            snprintf(r->o->problem, sizeof r->o->problem, _("there is no option -%c"), *word);
            return false;
        }
        if (rows[which].type != CMD_FLAG) return take(r, which, word[1] ? word + 1 : NULL);
        if (!take(r, which, NULL)) return false;
    }
    return true;
}

/* ---- the whole */

static bool take_word(cmd_options *o, const char *word) {
    if (o->verb >= 0) return append(o, &o->args, word);
    for (int i = 0; i < N_VERBS; i++)
        if (strcmp(cmd_verbs[i].name, word) == 0) {
            o->verb = i;
            return true;
        }
    refuse_unknown(o, false, word);
    return false;
}

static bool fits_verb(reader *r) {
    cmd_options *o = r->o;
    if (o->verb < 0 || o->help) return true;
    const cmd_verb *v = &cmd_verbs[o->verb];
    for (int i = 0; i < cmd_n_options(); i++) {
        const cmd_option opt = cmd_option_at(i);
        if (!(r->seen >> i & 1) || (opt.verbs >> o->verb & 1)) continue;
        snprintf(o->problem, sizeof o->problem, _("`freshet %s` has no option --%s"), v->name,
                 opt.name);
        return false;
    }
    if (o->args.n >= v->least && o->args.n <= v->most) return true;
    if (o->args.n < v->least)
        snprintf(o->problem, sizeof o->problem, _("`freshet %s` needs %s"), v->name, v->args);
    else
        snprintf(o->problem, sizeof o->problem, _("`freshet %s`: one argument too many: %.80s"),
                 v->name, o->args.at[v->most]);
    return false;
}

static void not_given(cmd_options *o) {
    for (int i = 0; i < cmd_n_options(); i++) {
        int64_t *number = (int64_t *)(void *)((char *)o + rows[i].offset);
        if (rows[i].type == CMD_INT) *number = -1;
        if (rows[i].type == CMD_DATE) *number = INT64_MIN;
    }
}

bool cmd_parse(frs_arena *memory, int argc, char **argv, cmd_options *o) {
    _Static_assert(FRS_LEN(rows) <= 64, "options are bits of one word");
    reader r = {.o = o, .argv = argv, .argc = argc, .i = 1};
    bool words_only = false, fine = true;
    *o = (cmd_options){.verb = -1, .memory = memory};
    not_given(o);
    for (; r.i < argc && fine; r.i++) {
        const char *word = argv[r.i];
        if (!words_only && strcmp(word, "--") == 0)
            words_only = true;
        else if (words_only || word[0] != '-' || !word[1])
            fine = take_word(o, word);
        else if (word[1] == '-')
            fine = take_long(&r, word + 2);
        else
            fine = take_letters(&r, word + 1);
    }
    return fine && fits_verb(&r);
}
