/* The run's configuration: one list (src/config/config_list.def) gives keys, types, defaults,
 * origin, status and doc; the parser, "did you mean", the documentation, the man page and the
 * completion come from it. */
#ifndef FRESHET_CONFIG_H
#define FRESHET_CONFIG_H
#include "freshet/base.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_config frs_config;
typedef enum frs_key_type {
    FRS_KEY_TEXT,
    FRS_KEY_INT,
    FRS_KEY_REAL,
    FRS_KEY_BOOL,
    FRS_KEY_DATE,
    FRS_KEY_LIST /* of text */,
    FRS_KEY_PATH,
    FRS_KEY_SCHEDULE /* {epoch: value} or one value */,
    FRS_KEY_CHOICE,
    FRS_KEY_ANY,
    FRS_KEY_SEARCH /* {key: values to search} */,
    FRS_KEY_MODEL /* a choice, the name of one of `nets`, or a list of layers */
} frs_key_type;
typedef enum frs_key_status { FRS_KEY_USED, FRS_KEY_IGNORABLE, FRS_KEY_UNSUPPORTED } frs_key_status;
typedef enum frs_key_origin { FRS_FROM_NH, FRS_FROM_FRESHET } frs_key_origin;
typedef struct frs_key {
    const char *name;
    frs_key_type type;
    const char *initial; /* default as YAML text; NULL: none */
    frs_key_origin origin;
    frs_key_status status;
    const char *choices /* "a|b|c" or NULL */;
    const char *group;
    const char *doc;
    double min, max; /* numbers; min > max: unbounded */
} frs_key;
int64_t frs_n_keys(void);
const frs_key *frs_key_at(int64_t i);

/* Reads YAML, applies sets ("key=value", value in YAML), checks types and ranges, stops at an
 * unsupported key that matters (set to something other than its harmless value). Messages:
 * "file:line: key: what, expected, found". path NULL: only sets. */
frs_status frs_config_load(frs_ctx *ctx, const char *path, const char *const *sets, int64_t n_sets,
                           frs_config **c);
/* The same config with some keys put to other values. It borrows from `base`, which must outlive
 * it. */
frs_status frs_config_with(const frs_config *base, const char *const *sets, int64_t n_sets,
                           frs_config **c);
void frs_config_free(frs_config *c);
bool frs_config_has(const frs_config *c, const char *key); /* given by the user */
/* The value, or the default. A key that is not in the list or of another type is a programmer's
 * mistake: FRS_E_INTERNAL is logged and the neutral value returned. Borrowed. */
const char *frs_config_text(const frs_config *c, const char *key);
int64_t frs_config_int(const frs_config *c, const char *key);
double frs_config_real(const frs_config *c, const char *key);
bool frs_config_bool(const frs_config *c, const char *key);
int64_t frs_config_date(const frs_config *c, const char *key); /* INT64_MIN: not given */
int64_t frs_config_list_count(const frs_config *c, const char *key);
const char *frs_config_list_at(const frs_config *c, const char *key, int64_t i);
/* A value with values in it, `{prcp: [1, 2]}` or `[[prcp, temp], [pet]]`, part by part. A scalar is
 * its own only part. Borrowed from the config. */
typedef enum frs_form { FRS_FORM_SCALAR, FRS_FORM_LIST, FRS_FORM_MAP } frs_form;
typedef struct frs_entry frs_part;
const frs_part *frs_config_part(const frs_config *c, const char *key); /* NULL: not given */
frs_form frs_part_form(const frs_part *p);
int64_t frs_part_count(const frs_part *p);
const frs_part *frs_part_at(const frs_part *p, int64_t i); /* NULL: no such part */
const char *frs_part_name(const frs_part *p, int64_t i);   /* of a part of a map; else NULL */
const char *frs_part_text(const frs_part *p);              /* as YAML; "" of null */
int64_t frs_part_line(const frs_part *p);                  /* 0: not from the file */
double frs_config_schedule(const frs_config *c, const char *key,
                           int64_t epoch); /* value in force at epoch (from 0); NAN: not given */
char *
frs_config_path(const frs_config *c,
                const char *key); /* relative to the config's folder if it exists there, else to the
                                     current folder; NULL: not given; free with frs_text_free */
/* What `freshet tune` may put one key to: one item of tune.search, checked against the key's type
 * and limits. Borrowed from the config. */
typedef enum frs_draw {
    FRS_DRAW_CHOICE,  /* one of the choices */
    FRS_DRAW_UNIFORM, /* a number from low to high */
    FRS_DRAW_LOG,     /* a number from low to high, its logarithm uniform */
    FRS_DRAW_INT      /* a whole number from low to high, both among them */
} frs_draw;
typedef struct frs_space {
    const frs_key *key;
    frs_draw draw;
    double low, high; /* not of choices */
    int64_t n;
    const char *const *choices; /* [n] as YAML */
    int64_t line;               /* 0: not from a file */
} frs_space;
int64_t frs_config_n_spaces(const frs_config *c);
const frs_space *frs_config_space_at(const frs_config *c, int64_t i);
int64_t frs_config_line(const frs_config *c, const char *key); /* 0: not in the file */
const char *frs_config_file(const frs_config *c);
/* Says where a key stands, for messages: "run.yml:12: hidden_size". buf >= 512 bytes. */
char *frs_config_where(const frs_config *c, const char *key, char *buf);
/* All keys that were given, as YAML that loads to the same config (absolute paths); frs_text_free.
 */
frs_status frs_config_write(const frs_config *c, char **yaml);
uint64_t frs_config_hash(const frs_config *c);

#ifdef __cplusplus
}
#endif
#endif
