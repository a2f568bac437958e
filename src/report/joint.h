/* One page over several runs: of folds over sites, of numbers of training years. */
#ifndef FRS_REPORT_JOINT_H
#define FRS_REPORT_JOINT_H
#include "report/page.h"

typedef struct frs__joint_part {
    char folder[40]; /* in the whole's, with a report.html of its own */
    int64_t number;  /* of the fold; years of training */
    frs_report r;    /* without predictions */
} frs__joint_part;
typedef struct frs__joint {
    frs_ctx *ctx;
    int64_t n;
    const frs__joint_part *parts; /* of one config: the same models and leads */
    const char *config_text;      /* of the whole */
} frs__joint;
/* report.html and figures/ in dir. errors: FRS_E_FORMAT parts that are not of one run; as
 * frs_report_make */
frs_status frs__joint_folds(const frs__joint *j, const char *dir);
frs_status frs__joint_years(const frs__joint *j, const char *dir);

/* ---- of both pages */
/* What the first part tells of the whole; scores, sites and periods as the part's. */
frs_report frs__joint_report(const frs__joint *j, const frs__joint_part *like);
/* The page by `write`, of r; p.joint is j. */
frs_status frs__joint_write(const frs__joint *j, const frs_page *p, void (*write)(frs_page *p),
                            const char *dir);
void frs__joint_link(frs_page *p, const frs__joint_part *part, const char *text);
/* The part's report as the run's files tell it, without forecast.nc: frs_report_free. */
frs_status frs__report_load_scores(frs_ctx *ctx, const char *run_dir, frs_report *r);
#endif
