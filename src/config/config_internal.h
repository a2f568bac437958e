#ifndef FRS_CONFIG_INTERNAL_H
#define FRS_CONFIG_INTERNAL_H
#include "base/base.h"
#include "freshet/config.h"

/* A value as read: a scalar, a list, or pairs of a map (keys in `names`). */
typedef struct frs_entry {
    bool given;
    frs_form form;
    bool quoted; /* a quoted scalar is text, whatever it looks like */
    char *text;  /* scalar; for nested values their YAML */
    int64_t n;
    char **items;            /* list items or map values */
    char **names;            /* map keys */
    struct frs_entry *parts; /* [n] the items with all that is in them */
    int64_t line;            /* 0: from --set */
} frs_entry;
struct frs_config {
    frs_ctx *ctx;
    frs_arena arena;
    char *file;              /* as given; "" without one */
    char *folder;            /* of the file, with a slash at the end; "" for the current one */
    frs_entry *entries;      /* by key number */
    const char *const *sets; /* while loading */
    int64_t n_sets;
    frs_space *spaces; /* tune.search, read */
    int64_t n_spaces;
};
int64_t frs__key_find(const char *name); /* -1: none */
/* "tune" of "tune.trials": keys that may stand in a block of their own. */
bool frs__key_is_block(const char *name);
const char *frs__key_near(const char *name); /* what may have been meant; NULL: nothing */
/* Reads a document into entries; source names it in messages. Values that --set replaces are not
 * checked. */
frs_status frs__config_parse(frs_config *c, const char *source, const char *text, int64_t n,
                             bool is_set);
/* A whole document as one value. */
frs_status frs__config_parse_value(frs_config *c, const char *source, const char *text, int64_t n,
                                   frs_entry *root);
/* s as one YAML scalar; quoted: as text, whatever it looks like. */
void frs__config_put_scalar(frs_buf *b, const char *s, bool quoted);
/* Type, range and support of a value; a choice gets the spelling of the list. */
frs_status frs__config_check(frs_config *c, int64_t key, const char *where);
/* `model`, once all keys are read. */
frs_status frs__config_check_model(frs_config *c);
/* The same of a value that is not the key's own; e stays the caller's. */
frs_status frs__config_check_value(frs_config *c, const frs_key *k, frs_entry *e,
                                   const char *where);
/* tune.search as spaces of the config. */
frs_status frs__config_check_search(frs_config *c, const frs_entry *e, const char *where);
#endif
