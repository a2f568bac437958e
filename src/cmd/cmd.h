/* What a verb works with. Each verb is a function in a file of its own name, workflow.c or
 * convert.c. */
#ifndef FRS_CMD_CMD_H
#define FRS_CMD_CMD_H
#include "cmd/term.h"
#include "freshet/config.h"
#include "freshet/data.h"

typedef struct cmd {
    const cmd_options *o;
    term t;
    frs_ctx *ctx;
    char *line; /* the command line, quoted for a shell */
} cmd;

#define VERB(name, ...) frs_status cmd_##name(cmd *c);
#include "cmd/option_list.def"

/* ---- language.c: from --lang or the environment, messages only. */
void cmd_language(const char *lang);
/* ---- help.c: printed to standard output, for any verb; -1: of the program. */
void cmd_usage(int verb);
/* ---- signals.c: SIGINT and SIGTERM ask for an end; a second one ends at once with status 130. */
void cmd_signals(void);
bool cmd_interrupted(void *unused);
/* ---- workflow.c: FRS_E_CANCELLED, with how the run goes on as its message. */
frs_status cmd_interrupted_in(cmd *c, const char *folder);
/* Of this file with --set, --seed and --trials; path NULL: of these alone. */
frs_status cmd_load_config(cmd *c, const char *path, frs_config **config);
/* ---- scratch.c: calls body with the path of a store that is removed afterwards. */
typedef frs_status (*cmd_store_body)(void *arg, const frs_config *config, const char *store);
frs_status cmd_with_store(cmd *c, const frs_config *config, cmd_store_body body, void *arg);
/* ---- leaderboard.c: the scores of a run folder in short. */
frs_status cmd_leaderboard(cmd *c, const char *folder);
/* ---- verdict.c: the tests of a run folder in short. */
frs_status cmd_verdict(cmd *c, const char *folder);
/* ---- explain.c: which kernels a run folder's nets use. */
frs_status cmd_explain(cmd *c, const char *folder);
/* ---- synth.c: OUT/SITE.csv and OUT/truth/SITE.csv. keep (or NULL) gets both series. */
typedef struct cmd_truth {
    frs_series record, truth;
} cmd_truth;
frs_status cmd_synth_write(cmd *c, const frs_synth_opts *o, const char *out, const char *site,
                           cmd_truth *keep);
/* Refuses to write over `path` without --force. */
frs_status cmd_may_write(cmd *c, const char *path);
frs_status cmd_convert_net(cmd *c); /* convert --to net */
#endif
