/* check CONFIG: a table of what is wrong with the data. */
#include "cmd/cmd.h"
#include "freshet/run.h"
#include <string.h>

static const char *severity_name(frs_severity s, bool translated) {
    static const char *const names[] = {N_("note"), N_("warning"), N_("hard")};
    return translated ? _(names[s]) : names[s];
}

static term_table table_of(cmd *c, bool machine) {
    term_table tab = {.memory.ctx = c->ctx,
                      .name = "finding",
                      .n_columns = 4,
                      .columns = {{"severity", _("Severity"), false},
                                  {"site", _("Site"), false},
                                  {"text", _("Found"), false},
                                  {"action", _("What is done"), false}}};
    static const term_column more[] = {
        {"variable", "", false}, {"code", "", false}, {"count", "", true}, {"first", "", false}};
    if (!machine) return tab;
    memcpy(tab.columns + tab.n_columns, more, sizeof more);
    tab.n_columns += (int)FRS_LEN(more);
    return tab;
}

static void finding_row(term_table *tab, const frs_finding *x, bool machine) {
    char date[32], count[32];
    snprintf(count, sizeof count, "%lld", (long long)x->count);
    const char *cells[] = {severity_name(x->severity, !machine),
                           x->site,
                           x->text,
                           x->action,
                           x->var,
                           x->code,
                           x->count ? count : "",
                           x->first_s == INT64_MIN ? "" : frs_date_format(x->first_s, date)};
    term_row(tab, cells);
}

/* The worst first. For people the text says it all; a program gets the parts, too. */
static frs_status print_findings(cmd *c, const frs_findings *f) {
    const bool machine = c->t.json || c->o->csv;
    term_table tab = table_of(c, machine);
    for (int severity = FRS_HARD; severity >= (c->o->quiet ? FRS_HARD : FRS_NOTE); severity--)
        for (int64_t i = 0; i < f->n; i++)
            if ((int)f->items[i].severity == severity) finding_row(&tab, &f->items[i], machine);
    if (tab.n_rows || c->o->csv) return term_table_print(&c->t, &tab, c->o->csv);
    return FRS_OK;
}

static frs_status tell_counts(cmd *c, const frs_findings *f) {
    int64_t n[3] = {0};
    for (int64_t i = 0; i < f->n; i++) n[f->items[i].severity]++;
    if (f->n == 0)
        term_say(&c->t, _("nothing found: the data look sound"));
    else
        term_say(&c->t, _("hard findings: %lld, warnings: %lld, notes: %lld"),
                 (long long)n[FRS_HARD], (long long)n[FRS_WARNING], (long long)n[FRS_NOTE]);
    return frs_findings_verdict(c->ctx, f);
}

static frs_status look(void *arg, const frs_config *config, const char *store) {
    cmd *c = arg;
    frs_run_data data;
    frs_findings findings = {0};
    frs_status s = frs_run_data_open(c->ctx, config, store, &data, &findings);
    if (s == FRS_OK) frs_run_data_close(c->ctx, &data);
    if (s == FRS_OK) s = print_findings(c, &findings);
    if (s == FRS_OK) s = tell_counts(c, &findings);
    frs_findings_free(c->ctx, &findings);
    return s;
}

frs_status cmd_check(cmd *c) {
    frs_config *config = NULL;
    FRS_TRY(cmd_load_config(c, c->o->args.at[0], &config));
    const frs_status s = cmd_with_store(c, config, look, c);
    frs_config_free(config);
    return s;
}
