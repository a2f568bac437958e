#ifndef FRS_CONFIG_INTERNAL_H
#define FRS_CONFIG_INTERNAL_H
#include "base/base.h"
#include "freshet/config.h"

/* A value as read: a scalar, a list, or pairs of a map (keys in `names`). */
typedef enum frs_form { FRS_FORM_SCALAR, FRS_FORM_LIST, FRS_FORM_MAP } frs_form;
typedef struct frs_entry {
    bool given;
    frs_form form;
    bool quoted;  /* a quoted scalar is text, whatever it looks like */
    char *text;   /* scalar; for nested values their YAML */
    int64_t n;
    char **items; /* list items or map values */
    char **names; /* map keys */
    int64_t line; /* 0: from --set */
} frs_entry;
struct frs_config {
    frs_ctx *ctx;
    frs_arena arena;
    char *file;   /* as given; "" without one */
    char *folder; /* of the file, with a slash at the end; "" for the current one */
    frs_entry *entries; /* by key number */
};
int64_t frs__key_find(const char *name); /* -1: none */
/* Reads a document into entries; source names it in messages, line_of_all >= 0 replaces lines (--set). */
frs_status frs__config_parse(frs_config *c, const char *source, const char *text, int64_t n, bool is_set);
frs_status frs__config_check(frs_config *c, int64_t key, const char *where);
#endif
