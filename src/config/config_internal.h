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
};
int64_t frs__key_find(const char *name); /* -1: none */
/* Reads a document into entries; source names it in messages. Values that --set replaces are not
 * checked. */
frs_status frs__config_parse(frs_config *c, const char *source, const char *text, int64_t n,
                             bool is_set);
/* s as one YAML scalar; quoted: as text, whatever it looks like. */
void frs__config_put_scalar(frs_buf *b, const char *s, bool quoted);
/* Type, range and support of a value; a choice gets the spelling of the list. */
frs_status frs__config_check(frs_config *c, int64_t key, const char *where);
#endif
