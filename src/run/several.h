/* A run of several runs, each in a folder of its own inside the whole's: folds over sites, numbers
 * of years of training. */
#ifndef FRS_RUN_SEVERAL_H
#define FRS_RUN_SEVERAL_H
#include "report/csv.h"
#include "report/files.h"
#include "report/joint.h"
#include "run/run_internal.h"

typedef frs_status (*frs__runner)(frs_ctx *, const frs_run_opts *, char **);
typedef struct frs__part {
    char folder[40];     /* "fold-2" */
    char title[96];      /* for people: "fold 2 of 5" */
    const char *sets[2]; /* "key=value": what is not as in the whole's config */
    int64_t n_sets;
} frs__part;
/* What the job asks, of this part. When a run is gone on with, what is finished is not done again.
 */
frs_status frs__run_part(frs_job *j, const frs__part *part, frs__runner run);

/* The config asks for several runs; then frs__run_several does what the job asks of them all.
 * errors: FRS_E_INPUT keys that cannot be together */
bool frs__run_is_several(const frs_config *c);
frs_status frs__run_several(frs_job *j, frs__runner run);
frs_status frs__run_folds(frs_job *j, frs__runner run); /* folds.c */
frs_status frs__run_years(frs_job *j, frs__runner run); /* learning_years.c */

/* The test scores of a part, row by row, in the order of FRS_SCORES_HEADER FRS_SUBSET_COLUMN.
 * frs__csv_close, also on error. */
enum { FRS_SCORE_FIELDS = 10 };
frs_status frs__part_scores(frs_job *j, const char *folder, frs_csv *csv);
frs_status frs__part_score(frs_csv *csv, char **f, bool *more);
void frs__put_fields(frs_buf *b, char *const *f);
/* joint.c: FOLDER/report.html by `page`; parts [n] with folder and number filled. */
typedef frs_status (*frs__joint_page)(const frs__joint *j, const char *dir);
frs_status frs__run_joint(frs_job *j, frs__joint_part *parts, int64_t n, frs__joint_page page);
frs_status frs__run_save(frs_job *j, const char *name, frs_buf *b);
#endif
