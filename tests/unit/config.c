/* The config: every key of the list, what is refused and in which words, writing it down again,
 * hostile YAML, NeuralHydrology's own files. */
#include "config_bench.h"

/* A good value of a key, given neither as its default nor as null. */
static const char *good_value(const frs_key *k, char *buf) {
    switch (k->type) {
    case FRS_KEY_INT:
    case FRS_KEY_REAL:
    case FRS_KEY_SCHEDULE: {
        double v = k->min > k->max ? 3 : k->min + (k->max - k->min) / 4;
        if (k->type == FRS_KEY_INT) v = ceil(v);
        snprintf(buf, 128, "%.17g", v);
        if (k->type == FRS_KEY_INT) snprintf(buf, 128, "%lld", (long long)v);
        return buf;
    }
    case FRS_KEY_BOOL:
        return k->initial && strcmp(k->initial, "true") == 0 ? "False" : "True";
    case FRS_KEY_DATE:
        return "29/02/2004";
    case FRS_KEY_LIST:
        return "[one, two]";
    case FRS_KEY_MODEL:
    case FRS_KEY_CHOICE: {
        const size_t first = strcspn(k->choices, "|/");
        snprintf(buf, 128, "%.*s", (int)first, k->choices);
        return buf;
    }
    case FRS_KEY_ANY:
        return "{a: [1, 2]}";
    case FRS_KEY_SEARCH:
        return "{hidden_size: [4, 8]}";
    default:
        return "some/text.txt";
    }
}

static const char *bad_value(const frs_key *k) {
    switch (k->type) {
    case FRS_KEY_INT:
        return "12.5";
    case FRS_KEY_REAL:
    case FRS_KEY_SCHEDULE:
        return "much";
    case FRS_KEY_BOOL:
        return "maybe";
    case FRS_KEY_DATE:
        return "30/02/2004";
    case FRS_KEY_LIST:
        return "{a: b}";
    case FRS_KEY_MODEL:
    case FRS_KEY_CHOICE:
        return "nothing_of_the_kind";
    case FRS_KEY_SEARCH:
    case FRS_KEY_TEXT:
    case FRS_KEY_PATH:
        return "[a, b]";
    default:
        return NULL;
    }
}

static void check_value(const frs_config *c, const frs_key *k, const char *value) {
    assert_true(frs_config_has(c, k->name));
    switch (k->type) {
    case FRS_KEY_INT:
        assert_int_equal(frs_config_int(c, k->name), atoll(value));
        break;
    case FRS_KEY_REAL:
        assert_close(frs_config_real(c, k->name), strtod(value, NULL), 0);
        break;
    case FRS_KEY_SCHEDULE:
        assert_close(frs_config_schedule(c, k->name, 7), strtod(value, NULL), 0);
        break;
    case FRS_KEY_BOOL:
        assert_int_equal(frs_config_bool(c, k->name), value[0] == 'T');
        break;
    case FRS_KEY_DATE:
        assert_int_equal(frs_config_date(c, k->name), 1078012800); /* date -u -d 2004-02-29 +%s */
        break;
    case FRS_KEY_LIST:
        assert_int_equal(frs_config_list_count(c, k->name), 2);
        assert_string_equal(frs_config_list_at(c, k->name, 0), "one");
        assert_string_equal(frs_config_list_at(c, k->name, 1), "two");
        break;
    default:
        assert_string_equal(frs_config_text(c, k->name), value);
    }
}

static void check_default(const frs_config *c, const frs_key *k) {
    assert_false(frs_config_has(c, k->name));
    assert_int_equal(frs_config_line(c, k->name), 0);
    assert_int_equal(frs_config_list_count(c, k->name), 0);
    if (k->type == FRS_KEY_DATE) assert_true(frs_config_date(c, k->name) == INT64_MIN);
    if (!k->initial) {
        assert_null(frs_config_text(c, k->name));
        if (k->type == FRS_KEY_SCHEDULE) assert_true(isnan(frs_config_schedule(c, k->name, 0)));
        return;
    }
    assert_string_equal(frs_config_text(c, k->name), k->initial);
    if (k->type == FRS_KEY_INT) assert_int_equal(frs_config_int(c, k->name), atoll(k->initial));
    if (k->type == FRS_KEY_REAL)
        assert_close(frs_config_real(c, k->name), strtod(k->initial, NULL), 0);
}

/* A default that is given is accepted, whatever becomes of the key. */
static void check_given_default(bench *b, const frs_key *k) {
    char set[256];
    if (!k->initial) return;
    snprintf(set, sizeof set, "%s=%s", k->name, k->initial);
    frs_config_free(loaded(b, NULL, set));
}

static void every_key(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *none = loaded(&b, NULL, NULL);
    for (int64_t i = 0; i < frs_n_keys(); i++) {
        const frs_key *k = frs_key_at(i);
        char buf[128], set[256], text[256];
        const char *value = good_value(k, buf), *bad = bad_value(k);
        assert_true(k->doc[0] && k->group[0]);
        assert_int_equal(k->type == FRS_KEY_CHOICE || k->type == FRS_KEY_MODEL, k->choices != NULL);
        check_default(none, k);
        check_given_default(&b, k);
        snprintf(text, sizeof text, "# a remark\n\n%s: %s\n", k->name, value);
        snprintf(set, sizeof set, "%s=%s", k->name, value);
        if (k->status == FRS_KEY_UNSUPPORTED) {
            snprintf(buf, sizeof buf, "run.yml:3: %s: not supported yet", k->name);
            refused(&b, text, NULL, FRS_E_UNSUPPORTED, buf);
            refused(&b, NULL, set, FRS_E_UNSUPPORTED, "not supported yet");
            continue;
        }
        frs_config *c = loaded(&b, text, NULL);
        check_value(c, k, value);
        assert_int_equal(frs_config_line(c, k->name), 3);
        frs_config_free(c);
        c = loaded(&b, NULL, set);
        check_value(c, k, value);
        assert_int_equal(frs_config_line(c, k->name), 0);
        frs_config_free(c);
        if (k->status == FRS_KEY_IGNORABLE || !bad) continue;
        snprintf(text, sizeof text, "# a remark\n\n%s: %s\n", k->name, bad);
        snprintf(set, sizeof set, "run.yml:3: %s: expected", k->name);
        refused(&b, text, NULL, FRS_E_INPUT, set);
        snprintf(set, sizeof set, "%s=%s", k->name, bad);
        refused(&b, NULL, set, FRS_E_INPUT, set);
    }
    frs_config_free(none);
    tear_down(&b);
}

/* Bounds belong to the allowed, what is beyond does not. */
static void ranges(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    for (int64_t i = 0; i < frs_n_keys(); i++) {
        const frs_key *k = frs_key_at(i);
        if (k->min > k->max || k->status != FRS_KEY_USED) continue;
        const double values[] = {k->min, k->max, k->min - 1, k->max * 1.01 + 1};
        for (int v = 0; v < 4; v++) {
            char set[128];
            if (k->type == FRS_KEY_INT)
                snprintf(set, sizeof set, "%s=%lld", k->name, (long long)values[v]);
            else
                snprintf(set, sizeof set, "%s=%.17g", k->name, values[v]);
            if (v < 2)
                frs_config_free(loaded(&b, NULL, set));
            else
                refused(&b, NULL, set, FRS_E_INPUT, "expected a number from");
        }
    }
    refused(&b, "hidden_size: -20\n", NULL, FRS_E_INPUT,
            "run.yml:1: hidden_size: expected a number from 1 to 4096, found -20");
    refused(&b, "seq_length: 0\n", NULL, FRS_E_INPUT, "seq_length");
    refused(&b, "batch_size: 99999999999999999999\n", NULL, FRS_E_INPUT, "a whole number");
    refused(&b, "output_dropout: 1e999\n", NULL, FRS_E_INPUT, "a number");
    refused(&b, "output_dropout: .nan\n", NULL, FRS_E_INPUT, "a number");
    refused(&b, "output_dropout: 0,5\n", NULL, FRS_E_INPUT, "a number");
    tear_down(&b);
}

/* ---- words of refusal */
static void unknown_keys(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    static const char *const table[][2] = {
        {"hiden_size: 20", "run.yml:1: unknown key 'hiden_size': did you mean 'hidden_size'?"},
        {"epochs: 3\nHidden_Size: 20",
         "run.yml:2: unknown key 'Hidden_Size': did you mean 'hidden_size'?"},
        {"epoch: 3", "did you mean 'epochs'?"},
        {"learning-rate: 3", "did you mean 'learning_rate'?"},
        {"save_all_validation_output: true", "did you mean 'save_all_output'?"},
        {"transformer_nhead: 4", "did you mean 'transformer_nheads'?"},
        {"lr: 0.1", "unknown key 'lr' (freshet help keys lists all)"},
        {"favourite_colour: blue", "unknown key 'favourite_colour' (freshet help keys lists all)"},
        {"<<: {epochs: 3}", "unknown key '<<'"},
        {"'': 3", "unknown key ''"},
    };
    for (int i = 0; i < FRS_LEN(table); i++)
        refused(&b, table[i][0], NULL, FRS_E_INPUT, table[i][1]);
    refused(&b, NULL, "hiden_size=20", FRS_E_INPUT,
            "--set hiden_size=20: unknown key 'hiden_size': did you mean 'hidden_size'?");
    refused(&b, NULL, "hidden_size", FRS_E_INPUT, "--set hidden_size: expected key=value");
    refused(&b, NULL, "=3", FRS_E_INPUT, "expected key=value");
    tear_down(&b);
}

static void unsupported(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    static const char *const matters[][2] = {
        {"epochs: 3\nhead: gmm",
         "run.yml:2: head: 'gmm' is not supported yet; supported: regression"},
        {"model: transformer", "run.yml:1: model: 'transformer' is not supported yet"},
        {"mc_dropout: True", "run.yml:1: mc_dropout: not supported yet"},
        {"regularization: [tie_frequencies]", "regularization: not supported yet"},
        {"checkpoint_path: model.pt", "checkpoint_path: not supported yet"},
    };
    for (int i = 0; i < FRS_LEN(matters); i++)
        refused(&b, matters[i][0], NULL, FRS_E_UNSUPPORTED, matters[i][1]);
    static const char *const harmless[] = {
        "mc_dropout: False",     "mc_dropout: no",        "mc_dropout: off",
        "regularization: []",    "regularization:",       "regularization: null",
        "checkpoint_path: ",     "checkpoint_path: ''",   "target_noise_std: 0",
        "target_noise_std: 0.0", "statics_embedding: {}", "statics_embedding: None"};
    for (int i = 0; i < FRS_LEN(harmless); i++) frs_config_free(loaded(&b, harmless[i], NULL));
    tear_down(&b);
}

/* A choice in any case is the one of the list. */
static void choices(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c =
        loaded(&b, "task: FORECAST\nloss: mse\noptimizer: adam\nmodel: CudaLSTM\n", NULL);
    assert_string_equal(frs_config_text(c, "task"), "forecast");
    assert_string_equal(frs_config_text(c, "loss"), "MSE");
    assert_string_equal(frs_config_text(c, "optimizer"), "Adam");
    assert_string_equal(frs_config_text(c, "model"), "cudalstm");
    frs_config_free(c);
    refused(&b, "loss: MS", NULL, FRS_E_INPUT,
            "loss: expected one of MSE|RMSE|NSE|KGE|Huber|Pinball|PeakWeighted|Focal, found 'MS'");
    refused(&b, "loss: MSE|RMSE", NULL, FRS_E_INPUT, "expected one of");
    refused(&b, "loss: ''", NULL, FRS_E_INPUT, "expected one of");
    tear_down(&b);
}

/* ---- values */
static void dates(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c = loaded(&b,
                           "train_start_date: '01/10/1970'\ntrain_end_date: 1985-09-30\n"
                           "test_start_date: 30.09.1985\n",
                           NULL);
    char buf[32];
    assert_string_equal(frs_date_format(frs_config_date(c, "train_start_date"), buf), "1970-10-01");
    assert_string_equal(frs_date_format(frs_config_date(c, "train_end_date"), buf), "1985-09-30");
    assert_string_equal(frs_date_format(frs_config_date(c, "test_start_date"), buf), "1985-09-30");
    frs_config_free(c);
    static const char *const wrong[] = {"31/04/1980", "1980-02-30", "10/13/1980",
                                        "yesterday",  "''",         "[01/10/1970, 01/10/1980]"};
    for (int i = 0; i < FRS_LEN(wrong); i++) {
        char text[128];
        snprintf(text, sizeof text, "epochs: 5\ntrain_end_date: %s\n", wrong[i]);
        refused(&b, text, NULL, FRS_E_INPUT, "run.yml:2: train_end_date: expected");
    }
    tear_down(&b);
}

static void schedules(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c = loaded(&b, "learning_rate: {40: 1e-3, 0: 1e-2, 30: 5e-3}", NULL);
    static const struct {
        int64_t epoch;
        double rate;
    } at[] = {{0, 1e-2}, {29, 1e-2}, {30, 5e-3}, {39, 5e-3}, {40, 1e-3}, {1000000, 1e-3}};
    for (int i = 0; i < FRS_LEN(at); i++)
        assert_close(frs_config_schedule(c, "learning_rate", at[i].epoch), at[i].rate, 0);
    frs_config_free(c);
    c = loaded(&b, "learning_rate: 0.5", NULL);
    assert_close(frs_config_schedule(c, "learning_rate", 9), 0.5, 0);
    frs_config_free(c);
    c = loaded(&b, "learning_rate:\n  0: 0.5\n  1: 0.25\n", NULL);
    assert_close(frs_config_schedule(c, "learning_rate", 1), 0.25, 0);
    frs_config_free(c);
    static const char *const wrong[] = {
        "{0: fast}",        "{first: 0.1}", "[0.1, 0.2]", "{-1: 0.1}", "{}",         "{0: -1}",
        "{0: 0.1, 0: 0.2}", "{5: 0.1}",     "-0.1",       "0",         "{0: [0.1]}", "{0: 1, 9: }"};
    for (int i = 0; i < FRS_LEN(wrong); i++) {
        char text[128];
        snprintf(text, sizeof text, "learning_rate: %s\n", wrong[i]);
        refused(&b, text, NULL, FRS_E_INPUT, "run.yml:1: learning_rate: expected");
    }
    tear_down(&b);
}

static void lists(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c =
        loaded(&b, "dynamic_inputs:\n- prcp\n- 'a, b'\nsites: 01567000\nmetrics: []\n", NULL);
    assert_int_equal(frs_config_list_count(c, "dynamic_inputs"), 2);
    assert_string_equal(frs_config_list_at(c, "dynamic_inputs", 1), "a, b");
    assert_int_equal(frs_config_list_count(c, "sites"), 1); /* one value is a list of one */
    assert_string_equal(frs_config_list_at(c, "sites", 0), "01567000");
    assert_int_equal(frs_config_list_count(c, "metrics"), 0);
    assert_true(frs_config_has(c, "metrics"));
    frs_config_free(c);
    tear_down(&b);
}

static void sets_override(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    test_file(b.path, b.dir, "run.yml",
              "epochs: 3\nseed: 7\nhead: gmm\nbatch_size: many\nlearning_rate: {0: 1, 2: 2}\n");
    const char *sets[] = {"epochs=5",  "seed=",         "head=regression",
                          "epochs=06", "batch_size=32", "learning_rate={0: 0.5, 1: 0.25}"};
    frs_config *c = NULL;
    assert_ok(b.ctx, frs_config_load(b.ctx, b.path, sets, 6, &c));
    assert_int_equal(frs_config_int(c, "epochs"), 6); /* the last one counts */
    assert_int_equal(frs_config_int(c, "seed"), 0);   /* empty: the default again */
    assert_false(frs_config_has(c, "seed"));
    assert_int_equal(frs_config_int(c, "batch_size"), 32); /* and mends what is wrong in the file */
    assert_close(frs_config_schedule(c, "learning_rate", 1), 0.25, 0);
    char where[512];
    assert_string_equal(frs_config_where(c, "epochs", where), "--set epochs");
    frs_config_free(c);
    assert_status(b.ctx, frs_config_load(b.ctx, b.path, sets, 3, &c), FRS_E_INPUT);
    assert_message(b.ctx, "run.yml:4: batch_size: expected a whole number, found 'many'");
    tear_down(&b);
}

static void where_it_stands(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c = loaded(&b, "epochs: 3\n\n# a remark\n'seed': 7\n", NULL);
    char where[512], expected[600];
    snprintf(expected, sizeof expected, "%s:4: seed", b.path);
    assert_string_equal(frs_config_where(c, "seed", where), expected);
    assert_int_equal(frs_config_line(c, "epochs"), 1);
    assert_string_equal(frs_config_file(c), b.path);
    frs_config_free(c);
    refused(&b, "epochs: 3\nseed: 1\nepochs: 4\n", NULL, FRS_E_INPUT,
            "run.yml:3: key 'epochs' stands twice, first in line 1");
    refused(&b, "epochs:\nseed: 1\nepochs: 4\n", NULL, FRS_E_INPUT,
            "stands twice, first in line 1");
    assert_status(b.ctx, frs_config_load(b.ctx, "/no/such/run.yml", NULL, 0, &c), FRS_E_IO);
    assert_message(b.ctx, "/no/such/run.yml");
    assert_status(b.ctx, frs_config_load(b.ctx, b.dir, NULL, 0, &c), FRS_E_IO);
    assert_message(b.ctx, "a folder");
    tear_down(&b);
}

/* A relative path is looked for beside the config first. */
static void paths(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    char buf[512], want[600];
    test_file(buf, b.dir, "sites.txt", "01567000\n");
    frs_config *c = loaded(&b,
                           "train_basin_file: sites.txt\ntest_basin_file: elsewhere.txt\n"
                           "data_dir: /absolute/folder\n",
                           NULL);
    static const char *const keys[] = {"train_basin_file", "test_basin_file", "data_dir"};
    const char *expected[] = {want, "elsewhere.txt", "/absolute/folder"};
    snprintf(want, sizeof want, "%s/sites.txt", b.dir);
    for (int i = 0; i < 3; i++) {
        char *path = frs_config_path(c, keys[i]);
        assert_string_equal(path, expected[i]);
        frs_text_free(b.ctx, path);
    }
    assert_null(frs_config_path(c, "validation_basin_file"));
    frs_config_free(c);
    tear_down(&b);
}

/* ---- written down and read again */
static void assert_same_config(const frs_config *a, const frs_config *b) {
    for (int64_t i = 0; i < frs_n_keys(); i++) {
        const char *key = frs_key_at(i)->name;
        const char *x = frs_config_text(a, key), *y = frs_config_text(b, key);
        assert_int_equal(frs_config_has(a, key), frs_config_has(b, key));
        assert_int_equal(frs_config_list_count(a, key), frs_config_list_count(b, key));
        for (int64_t k = 0; k < frs_config_list_count(a, key); k++)
            assert_string_equal(frs_config_list_at(a, key, k), frs_config_list_at(b, key, k));
        if (frs_key_at(i)->type != FRS_KEY_PATH && x) assert_string_equal(x, y);
    }
}

static void written_and_read(void **state) {
    (void)state;
    static const char *const texts[] = {
        "epochs: 3\nlearning_rate: {0: 1e-2, 30: 5e-3}\ndynamic_inputs: [prcp, 'tmax(C)', \"q: a, "
        "b\"]\n"
        "train_start_date: '01/10/1970'\nlog_tensorboard: False\nexperiment_name: \"null\"\n",
        "experiment_name: '  spaces, \"quotes\", \\ and # '\nsites: ['null', '~', '', ' a ', '-', "
        "'- b', 'c:']\n",
        "experiment_name: \"lines\\nand\\ttabs\\r\\x07\\x85\\u2028\\u2029\\uFEFF\\U0001F30A\"\n",
        "experiment_name: Река Тазъ\nsites: [Печора, 'Нева\u00a0']\n",
        "experiment_name: |\n  several\n  lines\n",
        "transfer_mtslstm_states: {h: 'a: b', c: [x, {y: '], ['}]}\n",
        "metrics: [[a, 'b, c'], {d: e}]\n",
        "data_dir: 'null'\nrun_dir: '~'\n",
        "{}\n",
        "seed: 5 # remark\n",
        "tune:\n  eta: 2\n  search: {optimizer: [adam, 'SGD'], learning_rate: [{0: 1e-2, 3: "
        "1e-3}], "
        "dynamic_inputs: [['a: b', \"c\\n\"], [\"'\"]], seq_length: {log: [1, 100]}}\n",
        "initial_forget_bias: -3\nexperiment_name: '-3'\nsites: [-3, +4, 1e5, '0x10', 'true']\n",
    };
    bench b;
    set_up(&b);
    for (int i = 0; i < FRS_LEN(texts); i++) {
        char *yaml = NULL, *again = NULL;
        frs_config *c = loaded(&b, texts[i], NULL);
        assert_ok(b.ctx, frs_config_write(c, &yaml));
        frs_config *d = NULL;
        if (load(&b, yaml, NULL, &d) != FRS_OK) fail_msg("%s\n%s", frs_message(b.ctx), yaml);
        assert_same_config(c, d);
        assert_ok(b.ctx, frs_config_write(d, &again));
        assert_string_equal(yaml, again);
        if (!frs_config_has(c, "data_dir")) assert_true(frs_config_hash(c) == frs_config_hash(d));
        frs_config_free(c);
        frs_config_free(d);
        frs_text_free(b.ctx, yaml);
        frs_text_free(b.ctx, again);
    }
    frs_config *c = loaded(&b, "epochs: 3", NULL), *d = loaded(&b, "epochs: 4", NULL);
    assert_true(frs_config_hash(c) != frs_config_hash(d));
    frs_config_free(c);
    frs_config_free(d);
    tear_down(&b);
}

/* Paths that are there become absolute. */
static void written_paths(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    char buf[512], want[600], *yaml = NULL;
    test_file(buf, b.dir, "some sites.txt", "01567000\n");
    frs_config *c = loaded(&b, "train_basin_file: some sites.txt\n", NULL);
    assert_ok(b.ctx, frs_config_write(c, &yaml));
    char *real = realpath(b.dir, NULL);
    snprintf(want, sizeof want, "train_basin_file: %s/some sites.txt\n", real);
    assert_string_equal(yaml, want);
    free(real);
    frs_text_free(b.ctx, yaml);
    frs_config_free(c);
    tear_down(&b);
}

/* ---- hostile */
static char *repeated(const char *head, const char *piece, int n, const char *tail) {
    const size_t size = strlen(piece);
    char *text = malloc(strlen(head) + size * (size_t)n + strlen(tail) + 1),
         *at = stpcpy(text, head);
    for (int i = 0; i < n; i++) at = stpcpy(at, piece);
    strcpy(at, tail);
    return text;
}

static void hostile_yaml(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"", "run.yml:1: the file is empty"},
        {"# nothing but a remark\n", "the file is empty"},
        {"just text", "run.yml:1: expected 'key: value' lines"},
        {"- a\n- list\n", "expected 'key: value' lines"},
        {"epochs: &a 3\nseed: *a\n", "run.yml:2: aliases (*name) are not supported"},
        {"epochs: 3\n\tseed: 4\n", "run.yml:2: not YAML"},
        {"epochs: [1, 2\nseed: 4\n", "not YAML"},
        {"epochs: 'no end\n", "not YAML"},
        {"epochs: \xff\xfe\n", "run.yml:1: not YAML"},
        {"seed: 1\nepochs: \xc3\x28\n", "not YAML"},
        {"epochs: 3\n---\nseed: 4\n", "run.yml:2: more than one document"},
        {"{a: b}: 3\n", "a key must be a plain word"},
        {"? [a, b]\n: 3\n", "a key must be a plain word"},
        {"experiment_name: \"a\\0b\"\n", "run.yml:1:"},
        {"sites: [a, \"a\\0b\"]\n", "run.yml:1:"},
        {"epochs: [3]\n", "run.yml:1: epochs: expected one value"},
        {"epochs: {a: 3}\n", "run.yml:1: epochs: expected one value"},
        {"statics_embedding: [[[[[[[[[1]]]]]]]]]\n", "run.yml:1: nested too deeply"},
        {"metrics: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}\n", "nested too deeply"},
        {"%YAML 9.9\n---\nepochs: 3\n", "not YAML"},
    };
    bench b;
    set_up(&b);
    for (int i = 0; i < FRS_LEN(table); i++)
        refused(&b, table[i][0], NULL, FRS_E_INPUT, table[i][1]);
    static const struct {
        const char *head, *piece;
        int n;
        const char *tail, *says;
    } large[] = {
        {"sites: ", "[", 500000, "", "nested too deeply"},
        {"sites: [", "a,", 150000, "]", "more than 100000 items"},
        {"", "seed: 1\n", 2, "", "stands twice"},
        {"experiment_name: ", "x", 1 << 20, "\n", "run.yml"},
        {"", "x", 1000, ": 3\n", "unknown key 'xxx"},
        {"", "- ", 400000, "", "nested too deeply"},
        {"epochs: ", "9", 300, "", "a whole number"},
        {"learning_rate: {0: 1", ", 1: 1", 99999, "}", "learning_rate: expected"},
    };
    for (int i = 0; i < FRS_LEN(large); i++) {
        char *text = repeated(large[i].head, large[i].piece, large[i].n, large[i].tail);
        refused(&b, text, NULL, FRS_E_INPUT, large[i].says);
        free(text);
    }
    FILE *f = fopen(b.path, "wb");
    fwrite("epochs: 3\0\0\n", 1, 12, f);
    fclose(f);
    frs_config *c = NULL;
    assert_status(b.ctx, frs_config_load(b.ctx, b.path, NULL, 0, &c), FRS_E_INPUT);
    assert_message(b.ctx, "a binary file");
    tear_down(&b);
}

/* Odd but right. */
static void tolerated(void **state) {
    (void)state;
    static const char *const texts[] = {
        "\xef\xbb\xbf"
        "epochs: 3\n",
        "epochs: 3\r\nseed: 4\r\n",
        "---\nepochs: 3\n...\n",
        "epochs:\t3\n",
        "{epochs: 3, seed: 4}",
        "? epochs\n: 3\n",
        "epochs: !!int 3\n",
        "epochs: \"3\"\n",
        "epochs: &a 3\n",
        "'epochs': 3 # as ever\n",
        "%YAML 1.1\n---\nepochs: 3\n",
    };
    bench b;
    set_up(&b);
    for (int i = 0; i < FRS_LEN(texts); i++) {
        frs_config *c = loaded(&b, texts[i], NULL);
        assert_int_equal(frs_config_int(c, "epochs"), 3);
        frs_config_free(c);
    }
    tear_down(&b);
}

/* What a programmer may do wrong gives a neutral value. */
static void neutral_values(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    frs_config *c = loaded(&b, "sites: [a]\n", NULL);
    assert_false(frs_config_has(c, "no_such_key"));
    assert_null(frs_config_text(c, "no_such_key"));
    assert_int_equal(frs_config_int(c, "no_such_key"), 0);
    assert_int_equal(frs_config_list_count(c, "no_such_key"), 0);
    assert_null(frs_config_list_at(c, "no_such_key", 0));
    assert_null(frs_config_list_at(c, "sites", 1));
    assert_null(frs_config_list_at(c, "sites", -1));
    assert_true(isnan(frs_config_schedule(c, "no_such_key", 0)));
    frs_config_free(c);
    tear_down(&b);
}

static frs_status use_config(frs_ctx *ctx, void *arg) {
    const char *set = "learning_rate={0: 1e-2, 3: 1e-3}";
    frs_config *c = NULL;
    char *yaml = NULL;
    frs_status s = frs_config_load(ctx, arg, &set, 1, &c);
    if (s != FRS_OK) return s;
    s = frs_config_write(c, &yaml);
    if (s == FRS_OK) assert_non_null(strstr(yaml, "data_dir: "));
    frs_text_free(ctx, yaml);
    frs_config_free(c);
    return s;
}

static frs_status use_nothing(frs_ctx *ctx, void *arg) {
    (void)arg;
    frs_config *c = NULL;
    char *yaml = NULL;
    frs_status s = frs_config_load(ctx, NULL, NULL, 0, &c);
    if (s != FRS_OK) return s;
    s = frs_config_write(c, &yaml);
    if (s == FRS_OK) assert_string_equal(yaml, "{}\n");
    frs_text_free(ctx, yaml);
    frs_config_free(c);
    return s;
}

static void out_of_memory(void **state) {
    (void)state;
    bench b;
    set_up(&b);
    test_file(b.path, b.dir, "run.yml",
              "epochs: 3\nsites: [a, b]\ndata_dir: .\nmetrics: {a: [b, c]}\nloss: nse\n"
              "tune: {search: {optimizer: [adam, sgd], learning_rate: {log: [1e-3, 1]}}}\n");
    test_oom(use_config, b.path);
    test_oom(use_nothing, NULL);
    tear_down(&b);
}

/* ---- NeuralHydrology's own files, unchanged */
static void neural_hydrology(void **state) {
    (void)state;
    static const char *const names[] = {"neuralhydrology_one.yml", "neuralhydrology_regional.yml"};
    bench b;
    set_up(&b);
    for (int i = 0; i < 2; i++) {
        char name[128], path[1024];
        snprintf(name, sizeof name, "../peers/%s", names[i]);
        if (!test_data(path, name)) continue;
        frs_config *c = NULL;
        assert_ok(b.ctx, frs_config_load(b.ctx, path, NULL, 0, &c));
        assert_string_equal(frs_config_text(c, "model"), "cudalstm");
        assert_string_equal(frs_config_text(c, "dataset"), "generic");
        assert_int_equal(frs_config_int(c, "seq_length"), 365);
        assert_true(frs_config_list_count(c, "dynamic_inputs") > 0);
        assert_true(frs_config_schedule(c, "learning_rate", 0) > 0);
        assert_true(frs_config_date(c, "train_start_date") < frs_config_date(c, "train_end_date"));
        frs_config_free(c);
    }
    tear_down(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key),     cmocka_unit_test(ranges),
        cmocka_unit_test(unknown_keys),  cmocka_unit_test(unsupported),
        cmocka_unit_test(choices),       cmocka_unit_test(dates),
        cmocka_unit_test(schedules),     cmocka_unit_test(lists),
        cmocka_unit_test(sets_override), cmocka_unit_test(where_it_stands),
        cmocka_unit_test(paths),         cmocka_unit_test(written_and_read),
        cmocka_unit_test(written_paths), cmocka_unit_test(hostile_yaml),
        cmocka_unit_test(tolerated),     cmocka_unit_test(neutral_values),
        cmocka_unit_test(out_of_memory), cmocka_unit_test(neural_hydrology),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
