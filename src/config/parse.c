/* YAML (libyaml) into entries. One map at the top; values are scalars, lists and maps of scalars;
 * anything deeper is kept as text. Aliases are refused: nothing here needs them, and they can grow
 * without bound. */
#include "config/config_internal.h"
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_DEPTH = 8, MAX_ITEMS = 100000 };

typedef struct reader {
    frs_config *c;
    frs_ctx *ctx;
    yaml_document_t doc;
    const char *source;
    bool is_set;
    int64_t line;     /* of the value under way */
    frs_entry *whole; /* takes the document as one value; NULL: keys of a config */
} reader;

static frs_status wrong(const reader *r, int64_t line, const char *fmt, ...) FRS_PRINTF(3, 4);
static frs_status wrong(const reader *r, int64_t line, const char *fmt, ...) {
    char text[768];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (r->is_set) return frs__fail(r->ctx, FRS_E_INPUT, "--set %s: %s", r->source, text);
    return frs__fail(r->ctx, FRS_E_INPUT, "%s:%lld: %s", r->source, (long long)line, text);
}

static yaml_node_t *node(reader *r, int id) {
    return yaml_document_get_node(&r->doc, id);
}

static frs_status copy_scalar(reader *r, const yaml_node_t *n, char **out) {
    const char *s = (const char *)n->data.scalar.value;
    if (strlen(s) != n->data.scalar.length)
        return wrong(r, r->line, _("text with a NUL character"));
    *out = frs__arena_strdup(&r->c->arena, s);
    return *out ? FRS_OK : FRS_E_NOMEM;
}

/* A nested value as flow YAML. */
static frs_status flow(reader *r, const yaml_node_t *n, frs_buf *b, int depth) {
    if (depth > MAX_DEPTH) return wrong(r, r->line, _("nested too deeply"));
    if (n->type == YAML_SCALAR_NODE) {
        const char *s = (const char *)n->data.scalar.value;
        if (strlen(s) != n->data.scalar.length)
            return wrong(r, r->line, _("text with a NUL character"));
        const bool quoted = n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        frs__config_put_scalar(b, s, quoted);
        return FRS_OK;
    }
    const bool list = n->type == YAML_SEQUENCE_NODE;
    frs__buf_add(b, list ? "[" : "{");
    if (list)
        for (const yaml_node_item_t *i = n->data.sequence.items.start;
             i < n->data.sequence.items.top; i++) {
            if (i > n->data.sequence.items.start) frs__buf_add(b, ", ");
            FRS_TRY(flow(r, node(r, *i), b, depth + 1));
        }
    else
        for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
             p++) {
            if (p > n->data.mapping.pairs.start) frs__buf_add(b, ", ");
            FRS_TRY(flow(r, node(r, p->key), b, depth + 1));
            frs__buf_add(b, ": ");
            FRS_TRY(flow(r, node(r, p->value), b, depth + 1));
        }
    frs__buf_add(b, list ? "]" : "}");
    return FRS_OK;
}

static frs_status text_of(reader *r, const yaml_node_t *n, char **out) {
    if (n->type == YAML_SCALAR_NODE) return copy_scalar(r, n, out);
    frs_buf b = {.ctx = r->ctx};
    frs_status s = flow(r, n, &b, 0);
    if (s == FRS_OK) s = frs__buf_status(&b);
    if (s == FRS_OK) {
        *out = frs__arena_strdup(&r->c->arena, b.data ? b.data : "");
        if (!*out) s = FRS_E_NOMEM;
    }
    frs__buf_free(&b);
    return s;
}

static frs_status value(reader *r, const yaml_node_t *n, frs_entry *e);

static frs_status collection(reader *r, const yaml_node_t *n, frs_entry *e) {
    const int64_t line = r->line;
    const bool list = n->type == YAML_SEQUENCE_NODE;
    const int64_t count = list ? n->data.sequence.items.top - n->data.sequence.items.start
                               : n->data.mapping.pairs.top - n->data.mapping.pairs.start;
    if (count > MAX_ITEMS) return wrong(r, r->line, _("more than %d items"), MAX_ITEMS);
    e->form = list ? FRS_FORM_LIST : FRS_FORM_MAP;
    e->items = frs__arena_alloc(&r->c->arena, count, sizeof *e->items);
    e->names = frs__arena_alloc(&r->c->arena, count, sizeof *e->names);
    e->parts = frs__arena_alloc(&r->c->arena, count, sizeof *e->parts);
    if (!e->items || !e->names || !e->parts) return FRS_E_NOMEM;
    for (; e->n < count; e->n++) {
        const yaml_node_pair_t *p = list ? NULL : &n->data.mapping.pairs.start[e->n];
        const int id = list ? n->data.sequence.items.start[e->n] : p->value;
        if (p) r->line = (int64_t)node(r, p->key)->start_mark.line + 1;
        FRS_TRY(value(r, node(r, id), &e->parts[e->n]));
        e->items[e->n] = e->parts[e->n].text;
        if (p) FRS_TRY(text_of(r, node(r, p->key), &e->names[e->n]));
    }
    r->line = line;
    return text_of(r, n, &e->text);
}

static bool is_null(const char *s) {
    return !*s || strcmp(s, "~") == 0 || strcasecmp(s, "null") == 0 || strcmp(s, "None") == 0;
}

static frs_status value(reader *r, const yaml_node_t *n, frs_entry *e) {
    *e = (frs_entry){.given = true, .line = r->is_set ? 0 : r->line};
    if (n->type != YAML_SCALAR_NODE) return collection(r, n, e);
    e->quoted = n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    FRS_TRY(copy_scalar(r, n, &e->text));
    if (!e->quoted && is_null(e->text)) e->given = false;
    return FRS_OK;
}

static frs_status unknown(const reader *r, const char *name) {
    const char *near = frs__key_near(name);
    if (near) return wrong(r, r->line, _("unknown key '%s': did you mean '%s'?"), name, near);
    return wrong(r, r->line, _("unknown key '%s' (freshet help keys lists all)"), name);
}

/* Will a --set replace this key? */
static bool replaced(const reader *r, const char *name) {
    const size_t n = strlen(name);
    for (int64_t i = 0; i < r->c->n_sets && !r->is_set; i++)
        if (strncmp(r->c->sets[i], name, n) == 0 && r->c->sets[i][n] == '=') return true;
    return false;
}

static frs_status pair(reader *r, const yaml_node_pair_t *p, const char *block);

/* "tune:" with lines of its own: its key "trials" is "tune.trials" of the list. */
static frs_status pairs_of_block(reader *r, const yaml_node_t *v, const char *name) {
    if (v->type == YAML_SCALAR_NODE && is_null((const char *)v->data.scalar.value)) return FRS_OK;
    if (v->type != YAML_MAPPING_NODE)
        return wrong(r, r->line, _("%s: expected 'key: value' lines"), name);
    for (const yaml_node_pair_t *p = v->data.mapping.pairs.start; p < v->data.mapping.pairs.top;
         p++)
        FRS_TRY(pair(r, p, name));
    return FRS_OK;
}

static frs_status pair(reader *r, const yaml_node_pair_t *p, const char *block) {
    const yaml_node_t *k = node(r, p->key), *v = node(r, p->value);
    char name[128], where[768];
    r->line = (int64_t)k->start_mark.line + 1;
    if (k->type != YAML_SCALAR_NODE) return wrong(r, r->line, _("a key must be a plain word"));
    const char *word = (const char *)k->data.scalar.value;
    const int n = snprintf(name, sizeof name, "%s%s%s", block ? block : "", block ? "." : "", word);
    const bool whole = strlen(word) == k->data.scalar.length && n < (int)sizeof name;
    if (whole && frs__key_is_block(name)) return pairs_of_block(r, v, name);
    const int64_t key = whole ? frs__key_find(name) : -1;
    if (key < 0) return unknown(r, name);
    frs_entry *e = &r->c->entries[key];
    if (!r->is_set && e->line > 0)
        return wrong(r, r->line, _("key '%s' stands twice, first in line %lld"), name,
                     (long long)e->line);
    FRS_TRY(value(r, v, e));
    if (replaced(r, name)) return FRS_OK;
    if (r->is_set)
        snprintf(where, sizeof where, "--set %.500s", r->source);
    else
        snprintf(where, sizeof where, "%.500s:%lld: %s", r->source, (long long)r->line, name);
    return frs__config_check(r->c, key, where);
}

static frs_status top(reader *r) {
    yaml_node_t *root = yaml_document_get_root_node(&r->doc);
    if (!root) return r->is_set ? FRS_OK : wrong(r, 1, _("the file is empty"));
    if (r->whole) return value(r, root, r->whole);
    if (root->type != YAML_MAPPING_NODE)
        return wrong(r, (int64_t)root->start_mark.line + 1, _("expected 'key: value' lines"));
    for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top;
         p++)
        FRS_TRY(pair(r, p, NULL));
    return FRS_OK;
}

/* A first pass over the events: aliases, depth and one document, before it is built. */
static frs_status tame(reader *r, const char *text, int64_t n) {
    yaml_parser_t parser;
    yaml_event_t event;
    frs_status s = FRS_OK;
    int depth = 0, documents = 0;
    if (!yaml_parser_initialize(&parser)) return FRS_E_NOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, (size_t)n);
    for (bool end = false; !end && s == FRS_OK;) {
        if (!yaml_parser_parse(&parser, &event)) {
            const bool memory = parser.error == YAML_MEMORY_ERROR;
            s = memory ? FRS_E_NOMEM
                       : wrong(r, (int64_t)parser.problem_mark.line + 1, _("not YAML: %s"),
                               parser.problem ? parser.problem : "?");
            break;
        }
        const int64_t line = (int64_t)event.start_mark.line + 1;
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_ALIAS_EVENT)
            s = wrong(r, line, _("aliases (*name) are not supported"));
        if (event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT)
            depth++;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) depth--;
        if (event.type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
            s = wrong(r, line, _("more than one document (---)"));
        if (depth > MAX_DEPTH) s = wrong(r, line, _("nested too deeply"));
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return s;
}

static frs_status parse(reader *r, const char *text, int64_t n) {
    if (memchr(text, 0, (size_t)n)) return wrong(r, 1, _("a binary file, not YAML"));
    FRS_TRY(tame(r, text, n));
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return FRS_E_NOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, (size_t)n);
    frs_status s = FRS_E_NOMEM;
    if (yaml_parser_load(&parser, &r->doc)) {
        s = top(r);
        yaml_document_delete(&r->doc);
    } else if (parser.error != YAML_MEMORY_ERROR)
        s = wrong(r, (int64_t)parser.problem_mark.line + 1, _("not YAML: %s"),
                  parser.problem ? parser.problem : "?");
    yaml_parser_delete(&parser);
    return s;
}

frs_status frs__config_parse(frs_config *c, const char *source, const char *text, int64_t n,
                             bool is_set) {
    reader r = {.c = c, .ctx = c->ctx, .source = source, .is_set = is_set, .line = 1};
    return parse(&r, text, n);
}

frs_status frs__config_parse_value(frs_config *c, const char *source, const char *text, int64_t n,
                                   frs_entry *root) {
    reader r = {.c = c, .ctx = c->ctx, .source = source, .line = 1, .whole = root};
    return parse(&r, text, n);
}
