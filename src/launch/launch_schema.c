/* launch_schema.c - the launch file's JSON Schema (draft 2020-12), from the table: editors complete and check by it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "launch/fields.h"

/* The patterns are looser than the reader where a variable or {{template}} may stand. */
#define VARIABLE "\\$\\{"
#define DURATION "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d|w))+$"

static json_t *object_of(const struct field *owner, const struct field *rows);

static json_t *type(const char *name)
{
    return json_pack("{s:s}", "type", name);
}

static json_t *pattern(const char *regex)
{
    return json_pack("{s:s,s:s}", "type", "string", "pattern", regex);
}

/* Anything that YAML reads from an unquoted text. */
static json_t *text(void)
{
    return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *or_variable(json_t *schema)
{
    return json_pack("{s:[o,{s:s}]}", "anyOf", schema, "$ref", "#/$defs/variable");
}

static bool is_digits(struct str s)
{
    uint64_t number;

    return str_to_u64(s, 1000000, &number);
}

static json_t *words(const char *all)
{
    json_t *list = json_array();
    struct str rest = str_of(all);

    while (rest.p) {
        struct str word = str_cut(&rest, '|');
        json_array_append_new(list, json_stringn(word.p, word.n));
        if (is_digits(word)) /* unquoted, it is a number */
            json_array_append_new(list, json_integer(word.p[0] - '0'));
    }
    return or_variable(json_pack("{s:o}", "enum", list));
}

static json_t *one_or_list(json_t *item)
{
    return json_pack("{s:[O,{s:s,s:o}]}", "anyOf", item, "type", "array", "items", item);
}

static json_t *range(int64_t low, int64_t high)
{
    return or_variable(
        json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)low, "maximum", (json_int_t)high));
}

static json_t *either(json_t *a, json_t *b)
{
    return or_variable(json_pack("{s:[o,o]}", "anyOf", a, b));
}

static json_t *named(const struct field *f)
{
    return json_pack("{s:s,s:{s:s},s:o}", "type", "object", "propertyNames", "pattern", "^[A-Za-z0-9_-]{1,64}$",
                     "additionalProperties", object_of(f, f->rows));
}

static json_t *schema_of(const struct field *f)
{
    switch (f->kind) {
    case F_TEXT:
    case F_KEYED_SECRET:
    case F_KEYED_TEXT:
    case F_SECRET: return text();
    case F_FILE: return json_pack("{s:s,s:i}", "type", "string", "minLength", 1);
    case F_WORD: return words(f->words);
    case F_NAME: return pattern("\\.|" VARIABLE);
    case F_URL:
    case F_KEYED_URL: return pattern("^[Hh][Tt][Tt][Pp][Ss]?://|" VARIABLE);
    case F_ORIGIN: return pattern("^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]+/?$|" VARIABLE);
    case F_PATH: return pattern("^/|" VARIABLE);
    case F_INT: return range(f->low, f->high);
    case F_BYTES:
        return either(json_pack("{s:s,s:i}", "type", "integer", "minimum", 0), pattern("^[0-9.]+([KM]i?B|B)?$"));
    case F_DURATION: return or_variable(pattern(DURATION));
    case F_SECONDS: return either(json_pack("{s:s,s:i}", "type", "integer", "minimum", 0), pattern(DURATION));
    case F_PERCENT:
        return either(json_pack("{s:s,s:i,s:i}", "type", "number", "minimum", 0, "maximum", 100),
                      pattern("^[0-9]+(\\.[0-9]+)?%?$"));
    case F_BOOL: return or_variable(type("boolean"));
    case F_DATE: return or_variable(pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ].*)?$"));
    case F_JSON: return json_object();
    case F_STATUS:
        return either(json_pack("{s:s,s:i,s:i}", "type", "integer", "minimum", 100, "maximum", 599),
                      pattern("^[1-5](xx|[0-9]{2}(-[1-5][0-9]{2})?)$"));
    case F_LIST: return one_or_list(text());
    case F_PATHS: return one_or_list(pattern("^/|^[Hh][Tt][Tt][Pp][Ss]?://|" VARIABLE));
    case F_URLS: return one_or_list(pattern("^[Hh][Tt][Tt][Pp][Ss]?://|" VARIABLE));
    case F_ADDRESSES: return one_or_list(pattern("^[0-9a-fA-F:.]+$|" VARIABLE));
    case F_PAIRS: return json_pack("{s:s,s:o}", "type", "object", "additionalProperties", text());
    case F_STRUCT: return object_of(f, f->rows);
    case F_STRUCTS: return json_pack("{s:s,s:o}", "type", "array", "items", object_of(f, f->rows));
    case F_NAMED: return named(f);
    }
    return json_object();
}

/* [{"required":["a"]}, {"required":["b"]}] */
static json_t *each_required(const char *all)
{
    json_t *list = json_array();
    struct str rest = str_of(all);

    while (rest.p) {
        struct str word = str_cut(&rest, '|');
        json_array_append_new(list, json_pack("{s:[s%]}", "required", word.p, word.n));
    }
    return list;
}

static void add_groups(json_t *object, const struct field *owner)
{
    if (owner && owner->one_of)
        json_object_set_new(object, "oneOf", each_required(owner->one_of));
    if (owner && owner->at_most) {
        json_t *alternatives = each_required(owner->at_most);
        json_array_append_new(alternatives, json_pack("{s:{s:o}}", "not", "anyOf", each_required(owner->at_most)));
        json_object_set_new(object, "allOf", json_pack("[{s:o}]", "oneOf", alternatives));
    }
}

static json_t *object_of(const struct field *owner, const struct field *rows)
{
    json_t *properties = json_object(), *required = json_array();

    for (const struct field *f = rows; f->key; f++) {
        json_t *schema = schema_of(f);
        json_object_set_new(schema, "description", json_string(f->help));
        json_object_set_new(properties, f->key, schema);
        if (f->required)
            json_array_append_new(required, json_string(f->key));
    }
    json_t *object = json_pack("{s:s,s:b,s:o}", "type", "object", "additionalProperties", 0, "properties", properties);
    if (json_array_size(required))
        json_object_set(object, "required", required);
    json_decref(required);
    add_groups(object, owner);
    return object;
}

void launch_write_schema(struct buf *out)
{
    json_t *schema =
        json_pack("{s:s,s:s,s:s,s:{s:{s:s,s:s}}}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
                  "launchready.yaml", "description", "The production that you intend: the launch file of launchready.",
                  "$defs", "variable", "type", "string", "pattern", "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}");
    json_t *top = object_of(NULL, launch_fields);

    json_object_update(schema, top);
    json_decref(top);
    char *text = json_dumps(schema, JSON_INDENT(2));
    json_decref(schema);
    if (text)
        buf_add_cstr(out, text);
    free(text);
    buf_add_char(out, '\n');
}
