/* forecast FOLDER: a table of the newest forecast. */
#include "cmd/cmd.h"
#include "freshet/run.h"
#include <math.h>

static frs_status add_row(void *arg, const frs_forecast_row *r) {
    char issue[32], valid[32], lead[32], value[40];
    snprintf(lead, sizeof lead, "%lld", (long long)r->lead);
    const char *cells[] = {r->site,
                           r->model,
                           frs_date_format(r->issue_s, issue),
                           lead,
                           frs_date_format(r->valid_s, valid),
                           isfinite(r->value) ? frs__format_float((float)r->value, value) : "",
                           r->unit};
    term_row(arg, cells);
    return FRS_OK;
}

frs_status cmd_forecast(cmd *c) {
    const cmd_options *o = c->o;
    const frs_forecast_opts fo = {
        .run_dir = o->args.at[0], .data_dir = o->data, .issue_s = o->issue, .model = o->model};
    term_table tab = {.memory.ctx = c->ctx,
                      .name = "forecast",
                      .n_columns = 7,
                      .columns = {{"site", _("Site"), false},
                                  {"model", _("Model"), false},
                                  {"issue_time", _("Issued"), false},
                                  {"lead", _("Lead"), true},
                                  {"valid_time", _("Valid"), false},
                                  {"value", _("Value"), true},
                                  {"unit", _("Unit"), false}}};
    const frs_status s = frs_forecast_now(c->ctx, &fo, add_row, &tab);
    if (s == FRS_OK) return term_table_print(&c->t, &tab, o->csv);
    frs__arena_free(&tab.memory);
    return s;
}
