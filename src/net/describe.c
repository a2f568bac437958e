/* docs/layers.md, of the lists of types and fields: `freshet dev layers`. */
#include "net/net.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void put_cell(frs_buf *b, const char *text) {
    for (; *text; text++) frs__buf_printf(b, "%s%c", *text == '|' ? "\\" : "", *text);
}

/* "a b" as "`a`, `b`" */
static void put_names(frs_buf *b, const char *words) {
    char word[64];
    for (int n = 0; frs__word_next(&words, word, sizeof word); n++)
        frs__buf_printf(b, "%s`%s`", n ? ", " : "", word);
}

/* ---- a layer as C */
static void put_upper(frs_buf *b, const char *name) {
    frs__buf_add(b, "FRS_");
    for (; *name; name++) frs__buf_printf(b, "%c", toupper((unsigned char)*name));
}

static void put_dims(frs_buf *b, frs_shape s) {
    frs__buf_printf(b, "{%d, {", s.rank);
    for (int i = 0; i < s.rank; i++)
        frs__buf_printf(b, "%s%lld", i ? ", " : "", (long long)s.dim[i]);
    frs__buf_add(b, "}}");
}

static void put_value(frs_buf *b, const frs_field *f, const void *at) {
    const int *three = at;
    if (frs__field_put_plain(f, at, b)) return;
    switch (f->kind) {
    case FRS_FIELD_TEXT:
        frs__buf_printf(b, "\"%s\"", *(const char *const *)at);
        break;
    case FRS_FIELD_THREE:
        frs__buf_printf(b, "{%d", three[0]);
        for (int i = 1; i < 3 && three[i]; i++) frs__buf_printf(b, ", %d", three[i]);
        frs__buf_add(b, "}");
        break;
    case FRS_FIELD_PADDING:
        put_upper(b, frs__padding_name(*(const frs_padding *)at));
        break;
    case FRS_FIELD_ACTIVATION:
        put_upper(b, frs_activation_name(*(const frs_activation *)at));
        break;
    case FRS_FIELD_SHAPE:
        put_dims(b, *(const frs_shape *)at);
        break;
    default:
        break;
    }
}

static void put_c(frs_buf *b, const frs_layer *l) {
    int n = 0;
    frs__buf_add(b, "    {");
    for (int64_t i = 0; frs__field_at(i); i++) {
        const frs_field *f = frs__field_at(i);
        if (!frs__field_given(f, l)) continue;
        frs__buf_printf(b, "%s.%s = ", n++ ? ", " : "", f->name);
        put_value(b, f, (const char *)l + f->offset);
    }
    frs__buf_add(b, "},\n");
}

/* ---- the page */
static void put_fields(frs_buf *b) {
    static const char *const kinds[] = {
        [FRS_FIELD_TEXT] = "name",           [FRS_FIELD_INT] = "whole number",
        [FRS_FIELD_AXIS] = "axis",           [FRS_FIELD_THREE] = "one to three whole numbers",
        [FRS_FIELD_NUMBER] = "number",       [FRS_FIELD_BOOL] = "true or false",
        [FRS_FIELD_PADDING] = "name",        [FRS_FIELD_ACTIVATION] = "name",
        [FRS_FIELD_SHAPE] = "list of sizes",
    };
    frs__buf_add(b, "\n## Fields\n\nWhat is not given is 0, and 0 is the default. Every layer has "
                    "`type`, `name`, `from`, `share`.\n\n| field | value | meaning |\n|---|---|---|"
                    "\n");
    for (int64_t i = 0; frs__field_at(i); i++) {
        const frs_field *f = frs__field_at(i);
        frs__buf_printf(b, "| `%s` | %s | ", f->name, kinds[f->kind]);
        put_cell(b, f->doc);
        frs__buf_add(b, " |\n");
    }
}

static void put_examples(frs_buf *b, const char *group) {
    frs__buf_add(b, "\n```yaml\nlayers:\n");
    for (int64_t i = 0; frs__layer_type_at(i); i++) {
        const frs_layer_type *t = frs__layer_type_at(i);
        if (strcmp(t->group, group) != 0 || !t->example.type) continue;
        frs__buf_add(b, "  - ");
        frs__layer_write(&t->example, b);
        frs__buf_add(b, "\n");
    }
    frs__buf_add(b, "```\n\n```c\n#include \"freshet/nn.h\"\n\nconst frs_layer layers[] = {\n");
    for (int64_t i = 0; frs__layer_type_at(i); i++) {
        const frs_layer_type *t = frs__layer_type_at(i);
        if (strcmp(t->group, group) == 0 && t->example.type) put_c(b, &t->example);
    }
    frs__buf_add(b, "};\n```\n");
}

static void put_type(frs_buf *b, const frs_layer_type *t) {
    frs__buf_printf(b, "| `%s` | ", t->name);
    put_cell(b, t->shapes);
    frs__buf_add(b, " | ");
    put_names(b, t->fields);
    frs__buf_add(b, " | ");
    put_cell(b, t->doc);
    frs__buf_add(b, " |\n");
}

void frs__layers_describe(frs_buf *b) {
    const char *group = "";
    frs__buf_add(b, "# Every type of layer\n\nMade by `freshet dev layers` from the lists that C "
                    "and YAML are read by; a test builds every example. Nets of them:\n"
                    "[nets.md](nets.md). Channels last: B batch, T steps, F features, C channels, "
                    "n.. one to three spatial axes; x is what comes in.\n");
    put_fields(b);
    for (int64_t i = 0; frs__layer_type_at(i); i++) {
        const frs_layer_type *t = frs__layer_type_at(i);
        if (strcmp(t->group, group) != 0) {
            if (*group) put_examples(b, group);
            frs__buf_printf(b, "\n## %s\n\n| type | shapes | fields | what |\n|---|---|---|---|\n",
                            t->group);
        }
        group = t->group;
        put_type(b, t);
    }
    put_examples(b, group);
}
