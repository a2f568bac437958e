/* The sections of report.html. Each writes itself to p->out or nothing when it has nothing to say.
 * Errors stick to the buffer, as everywhere. */
#ifndef FRS_REPORT_PAGE_H
#define FRS_REPORT_PAGE_H

#include "report/svg.h"
#include "report/view.h"

typedef struct frs_page {
    frs_ctx *ctx;
    const frs_view *v;
    const frs_report *r;
    frs_buf *out, *nav;     /* nav: a link to each section */
    frs_picture picture;    /* the figure being drawn */
    int figures;            /* numbers the ids of figures */
    const char *section;    /* id of the section being written */
    int in_section;         /* figures in it so far */
    const char *figure_dir; /* every figure is saved here too; NULL: nowhere */
    bool no_cairo;          /* said once that there are no PNG and PDF */
    char **links; /* [n_sites] file name of each catchment's page in site/; NULL: they have none */
    const int64_t *fold; /* [n_sites] of a page over folds: whose test it was; links go there */
    const struct frs__joint *joint;       /* of a page over several runs, NULL: of one */
    const struct frs__joint_views *views; /* joint_years.c */
    bool mapped;                          /* there is an interactive map */
    bool one_site;                        /* the page is of one catchment: view.shown[0] */
    bool nested;    /* sections are parts of one: a smaller heading, no link to them */
    bool unstudied; /* one of too many catchments for a study of each */
    frs_status status;
} frs_page;

/* Adds a formatted text, escaped. */
void frs__say(frs_page *p, const char *fmt, ...) FRS_PRINTF(2, 3);
void frs__tag(frs_page *p, const char *tag, const char *text); /* <tag>text</tag>, escaped */
void frs__section(frs_page *p, const char *id, const char *title);
void frs__section_end(frs_page *p);
/* A number for prose: decimal comma in Russian, a dash for NaN. buf >= 40. */
char *frs__prose(const frs_page *p, double v, int digits, char *buf);
/* Text inside a script element's JSON: '<' never appears. */
void frs__json_text(frs_buf *b, const char *text);
/* Address of the page of a catchment, from report.html: for an attribute or JSON. Needs p->links.
 */
void frs__href(frs_page *p, int64_t site);
/* CSS class of a model's colour ("c3", "c1 dash"); model -1: the observations. buf >= 16. */
char *frs__colour(int64_t model, char *buf);
/* "3 days": the time of so many steps in words without plural forms ("3 d", "6 h"). buf >= 40. */
char *frs__lead_text(const frs_page *p, int64_t lead, char *buf);
/* Label of an axis of leads: in days or hours where the step is one. */
const char *frs__lead_label(const frs_page *p);
/* "q, mm/day" */
char *frs__target_text(const frs_page *p, char *buf, size_t size);
/* The legend of a figure with one line a model: of flow (the observations first, then those that
 * have predictions) or of scores. frs__reserve_keys before frs__figure, frs__keys before its end.
 */
void frs__reserve_keys(frs_page *p, frs_svg *s, bool flow);
void frs__keys(frs_page *p, frs_svg *s, bool flow);
/* A figure in a <figure> with a caption; set s->x, s->y first, then draw, then frs__figure_end,
 * which also saves it beside the page under the section's name and its number there: "cdf.svg",
 * "learning-2.svg". */
void frs__figure(frs_page *p, frs_svg *s, const char *title, const char *desc);
void frs__figure_end(frs_page *p, frs_svg *s, const char *caption);

/* A page from its first byte to its title; what follows belongs into <header>. */
void frs__page_open(frs_page *p, const char *title, bool interactive);

void frs__page_summary(frs_page *p); /* summary.c */
/* Name of a model with its colour as <th scope="..">. */
void frs__model_head(frs_page *p, const char *scope, int64_t m);
void frs__page_verdict(frs_page *p);     /* efficiency.c: the tests in a paragraph */
void frs__page_tests(frs_page *p);       /* every comparison */
void frs__page_parts(frs_page *p);       /* parts.c: seasons, classes of flow, floods */
void frs__page_admissible(frs_page *p);  /* the admissible error */
void frs__page_leaderboard(frs_page *p); /* leaderboard.c */
const char *frs__period_title(const char *name);
void frs__page_sites(frs_page *p); /* tables.c */
/* <th> of a column: a model and a score. */
void frs__model_column(frs_page *p, int64_t model, const char *metric);
/* <td>: a score over its interval. catchment.c */
void frs__score_cell(frs_page *p, const char *metric, frs_value x);
void frs__page_problems(frs_page *p);
void frs__page_models(frs_page *p);
void frs__page_reproduce(frs_page *p);
void frs__page_leads(frs_page *p); /* figures.c */
/* Efficiencies fall without bound: below -1 a figure would show nothing else. true: cut there. */
bool frs__bound_efficiency(frs_axis *a, const char *metric);
void frs__page_learning(frs_page *p);
void frs__page_flow(frs_page *p); /* scatter and flow duration: flow.c */
void frs__page_hydrograph(
    frs_page *p); /* hydrograph.c: the interactive one, its data and the static one */
void frs__page_residuals(frs_page *p);    /* residuals.c: of the winner */
void frs__page_own_study(frs_page *p);    /* own_study.c: of the training period */
bool frs__few_studied(const frs_page *p); /* too many catchments: only those shown are studied */
void frs__page_across(frs_page *p);       /* across.c: the distribution over catchments */
/* Body by `write`, head and foot around it, to path. p holds ctx, v, r and what else is wanted. */
frs_status frs__page_write(frs_page *p, void (*write)(frs_page *p), const char *path);
/* catchment.c. File names (without ".html") of the catchments' pages: safe on any disk, each once;
 * NULL: out of memory. */
char **frs__site_files(frs_arena *a, const char *const *sites, int64_t n);
frs_status frs__write_sites(const frs_page *p, const char *dir);
void frs__site_head(frs_page *p);
void frs__site_name(frs_page *p, int64_t site); /* tables.c: escaped, a link where it has a page */
void frs__page_worst(frs_page *p); /* across.c: a line of the summary: where the winner is worst */
void frs__page_map(frs_page *p);   /* map.c: where the catchments are, coloured by score */
#endif
