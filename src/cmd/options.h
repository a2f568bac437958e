/* The command line as read: one field an option, from option_list.def. */
#ifndef FRS_CMD_OPTIONS_H
#define FRS_CMD_OPTIONS_H
#include "base/base.h"

#define CMD_LONG_CHOICE 40 /* bytes: a longer list of values is told below the option */

typedef struct cmd_list {
    int64_t n;
    const char **at;
} cmd_list;

enum {
#define VERB(name, ...) VERB_##name,
#include "cmd/option_list.def"
    N_VERBS
};
enum {
#define VERB(name, ...) ON_##name = 1 << VERB_##name,
#include "cmd/option_list.def"
    ON_all = (1 << N_VERBS) - 1
};

typedef enum cmd_type {
    CMD_FLAG,
    CMD_INT,    /* 0 or more; -1: not given */
    CMD_DATE,   /* INT64_MIN: not given */
    CMD_TEXT,   /* NULL: not given */
    CMD_CHOICE, /* one of the values that the argument lists */
    CMD_PATH,
    CMD_DIR,
    CMD_LIST,
    CMD_FILES
} cmd_type;

#define CMD_FIELD_FLAG   bool
#define CMD_FIELD_INT    int64_t
#define CMD_FIELD_DATE   int64_t
#define CMD_FIELD_TEXT   const char *
#define CMD_FIELD_CHOICE const char *
#define CMD_FIELD_PATH   const char *
#define CMD_FIELD_DIR    const char *
#define CMD_FIELD_LIST   cmd_list
#define CMD_FIELD_FILES  cmd_list

typedef struct cmd_options {
#define OPTION(name, letter, argument, type, ...) CMD_FIELD_##type name;
#include "cmd/option_list.def"
    int verb; /* -1: none */
    cmd_list args;
    char problem[400]; /* why the command line is refused; "" if it is not */
    frs_arena *memory;
} cmd_options;

typedef struct cmd_verb {
    const char *name, *args, *help, *more;
    int least, most; /* arguments */
} cmd_verb;
typedef struct cmd_option {
    char name[24]; /* as written, without the dashes */
    char letter;
    const char *arg, *help;
    cmd_type type;
    unsigned verbs;
    size_t offset; /* of its field */
} cmd_option;

extern const cmd_verb cmd_verbs[N_VERBS];
int cmd_n_options(void);
cmd_option cmd_option_at(int i);

/* False: refused, the reason is in o->problem. Texts borrow from argv or memory. */
bool cmd_parse(frs_arena *memory, int argc, char **argv, cmd_options *o);
#endif
