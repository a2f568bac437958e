/* How the files of a data set make the records of its sites. One layout a file of src/io + a line
 * in dataset_list.def. Here is also what several layouts share. */
#ifndef FRS_IO_LAYOUT_H
#define FRS_IO_LAYOUT_H

#include "io/io_internal.h"

typedef struct frs_layout {
    const char *name; /* as `dataset:` and --format call it */
    const char *title;
    /* Whether it looks like this layout. NULL: only when asked for by name. FRS_E_NOMEM or FRS_OK.
     */
    frs_status (*sniff)(frs_ctx *ctx, const char *path, bool *is);
    /* Lists the sites (frs__add_site), sorted by name, and reads the attributes. */
    frs_status (*open)(frs_dataset *d);
    /* The record of site i; the data set names it and brings it to the units asked for. */
    frs_status (*read)(frs_dataset *d, int64_t i, frs_series *s);
    void (*close)(frs_dataset *d); /* frees d->own; may be NULL */
} frs_layout;

#define FRS_LAYOUT(name) extern const frs_layout frs__layout_##name;
#include "io/dataset_list.def"
#undef FRS_LAYOUT

/* The files of one kind, one a site, sorted by it. */
typedef struct frs__site_file {
    char site[64];
    const char *path; /* in the data set's arena */
} frs__site_file;
typedef struct frs__files {
    const char *what; /* for messages: the folder, as it is called */
    frs__site_file *at;
    int64_t n, cap;
} frs__files;

typedef struct frs__site {
    char name[64];
    const char *path;         /* of a record in one file; in the arena */
    const frs_reader *reader; /* of that file */
    int64_t column;           /* of a record in a table of many sites */
} frs__site;

struct frs_dataset {
    frs_ctx *ctx;
    frs_arena arena;
    char *path;
    frs_read_opts opts; /* copied into the arena */
    const frs_layout *layout;
    const frs_reader *format; /* asked for, or NULL */
    frs__site *sites;         /* [n] */
    int64_t n, cap;
    frs_statics statics;
    frs__files *parts; /* [n_parts] of layouts with several files a site; in the arena */
    int n_parts;
    bool preprocessed; /* by NeuralHydrology: part 0 is one table a site */
    void *own;         /* the layout's */
};

/* "camels_us" -> its layout; NULL: none is called so. */
const frs_layout *frs__layout_find_name(const char *name);

/* ---- paths */
/* dir/name in the data set's arena; dir NULL: the data set's folder. NULL: out of memory. */
const char *frs__ds_path(frs_dataset *d, const char *dir, const char *name);
/* Whether dir has such a folder or file in it. */
bool frs__has_dir(const char *dir, const char *name);
bool frs__has_file(const char *dir, const char *name);
/* Whether dir has an entry with a name that fits. FRS_E_NOMEM or FRS_OK. */
frs_status frs__has_like(frs_ctx *ctx, const char *dir, bool (*fits)(const char *name), bool *is);

/* Which files, and where their names hold the site. */
typedef struct frs__pattern {
    const char *before; /* the name begins so; the site follows */
    const char *after;  /* where the site ends; NULL: where `end` begins */
    const char *end;    /* the name ends so */
    bool digits;        /* the site is the first run of 8 digits or more, wherever it stands */
} frs__pattern;
/* Adds the files of a folder and of those in it (3 deep) that fit, then sorts. Of two of one site
 * the first counts, with a warning. */
frs_status frs__find_files(frs_dataset *d, const char *dir, const frs__pattern *p, frs__files *out);
/* NULL: no such file of this site. */
const char *frs__file_of(const frs__files *f, const char *site);
/* A folder's files by their names' beginning and end, sorted, in the arena; not deeper. */
frs_status frs__list_like(frs_dataset *d, const char *dir, const char *begin, const char *end,
                          const char ***paths, int64_t *n);

/* ---- sites */
frs_status frs__add_site(frs_dataset *d, const char *name, frs__site **site);
/* The sites that parts 0 .. n_required-1 all have; those that lack one are told in a warning.
 * FRS_E_NODATA: there is none. */
frs_status frs__sites_of_parts(frs_dataset *d, int n_required);

/* ---- attributes: d->statics of these tables; none when n is 0 */
typedef struct frs__statics_opts {
    const char *site_column; /* NULL or not there: the first */
    bool turned;             /* a row an attribute, a column a site */
    bool published; /* of a published set: a column with text in it is skipped even where numbers
                       stand beside it, an attribute may be in several files (the first that has a
                       value for the site counts) */
} frs__statics_opts;
frs_status frs__read_statics(frs_ctx *ctx, const char *const *paths, int64_t n,
                             const frs__statics_opts *o, frs_statics *s);
frs_status frs__ds_statics(frs_dataset *d, const char *const *paths, int64_t n,
                           const frs__statics_opts *o);
/* Attribute `name` of a site; NAN: not known. */
double frs__ds_attribute(const frs_dataset *d, const char *site, const char *name);

/* ---- records */
/* A text table whose variables keep their whole names ("prcp(mm/day)"). */
frs_status frs__read_table(frs_dataset *d, const char *path, frs_series *s);
/* One record of several of the same step: from the first time of any to the last. The variables
 * move to `out`; two of one name: FRS_E_FORMAT. trim: cut off steps at both ends where all is
 * missing. */
frs_status frs__join(frs_ctx *ctx, frs_series *parts, int n, bool trim, frs_series *out);
void frs__drop_var(frs_ctx *ctx, frs_series *s, const char *name);
/* Variable v becomes NAME_product. */
frs_status frs__suffix_var(frs_ctx *ctx, frs_series *s, int v, const char *product);
/* Values below zero of a variable become missing (flow in data sets that mark gaps so). */
void frs__negative_missing(frs_ctx *ctx, frs_series *s, int var);
/* Units and kinds by the beginnings of names, where the file has not said. */
typedef struct frs__unit_row {
    const char *begins, *unit;
    frs_var_kind kind;
} frs__unit_row;
void frs__set_units(frs_series *s, const frs__unit_row *rows, int64_t n);
/* `units` of the read options: each variable named there is converted, flow by the area (of the
 * record, else of the attributes). */
frs_status frs__apply_units(frs_dataset *d, frs_series *s);

/* ---- tables of many sites: a row a date, a column a site */
typedef struct frs__wide frs__wide;
/* Maps the file and finds its rows. name: of the variable, 1 to 63 bytes. */
frs_status frs__wide_open(frs_ctx *ctx, const char *path, const char *name, frs__wide **w);
void frs__wide_close(frs__wide *w);
int64_t frs__wide_columns(const frs__wide *w);
/* The site of column c into name; false: a column of dates. */
bool frs__wide_site(const frs__wide *w, int64_t c, char name[64]);
/* One site's column as a record of one variable; -1: the table has not this site. */
int64_t frs__wide_find(const frs__wide *w, const char *site);
frs_status frs__wide_read(const frs__wide *w, int64_t c, const frs_read_opts *o, frs_series *s);
/* A data set of such tables: the sites of table 0, one variable a table. */
frs_status frs__wide_set_open(frs_dataset *d, const char *const *paths, const char *const *names,
                              int64_t n);
frs_status frs__wide_set_read(frs_dataset *d, int64_t i, frs_series *s);
void frs__wide_set_close(frs_dataset *d);
/* ---- several files a site: parts */
frs_status frs__parts_new(frs_dataset *d, int n);
/* The files of part k in this folder (NULL: out of memory). FRS_E_INPUT: no such folder. */
frs_status frs__part_find(frs_dataset *d, int k, const char *dir, const frs__pattern *p);
/* Site i's file of part k, a text table. */
frs_status frs__read_part_table(frs_dataset *d, int64_t i, int k, frs_series *s);
/* A folder `preprocessed`, which NeuralHydrology makes: where it is, it is the data set
 * (d->preprocessed). */
frs_status frs__preprocessed_open(frs_dataset *d);

#endif
