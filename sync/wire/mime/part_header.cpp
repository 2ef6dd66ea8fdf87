#include "sync/wire/mime/part_header.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/header.h"
#include "sync/wire/mime/imap_string.h"
#include "sync/wire/mime/parameters.h"

namespace postern::wire::mime {
namespace {

struct ContentType {
  std::string type;
  std::string subtype;
  std::vector<Parameter> parameters;
};

/// The Content fields of a header as far as they can be read.
struct Fields {
  std::optional<ContentType> type;
  std::optional<std::string> encoding;
  std::optional<std::string> id;
  std::optional<std::string> description;
  std::optional<std::string> md5;
  std::optional<std::string> location;
  std::string disposition;  ///< ready to send, or empty
  std::string language;     ///< ready to send, or empty
  bool mime = false;        ///< says of itself that it is MIME
};

/// RFC 2045 section 5.1. Of a broken one nothing is left but empty names.
ContentType content_type(std::string_view raw, const Limits& limits) {
  const std::string value = field_value(raw);
  Lexer lexer(value);
  ContentType result;
  bool good = lexer.skip() && lexer.token(result.type) && lexer.skip();
  if (good && lexer.take('/')) {
    good = lexer.skip() && lexer.token(result.subtype) && lexer.skip();
    good = good && (lexer.at_end() || lexer.next_is(';'));
  } else {
    good = good && lexer.at_end();
  }
  if (!good) return {};
  result.parameters = read_parameters(lexer, limits.parameters);
  return result;
}

/// RFC 2183 section 2.
std::string disposition(std::string_view raw, const Limits& limits) {
  const std::string value = field_value(raw);
  Lexer lexer(value);
  std::string type;
  lexer.skip();
  lexer.token(type);
  std::string out = "(";
  append_string(out, type);
  out += ' ';
  append_parameters(out, read_parameters(lexer, limits.parameters));
  out += ')';
  return out;
}

/// RFC 3282 section 2: a list of language tags.
std::string language(std::string_view raw, const Limits& limits) {
  const std::string value = field_value(raw);
  Lexer lexer(value);
  std::string out;
  for (std::size_t count = 0; count < limits.parameters; ++count) {
    std::string tag;
    if (!lexer.skip() || !lexer.token(tag)) break;
    out += out.empty() ? '(' : ' ';
    append_string(out, tag);
    if (!lexer.skip() || !lexer.take(',')) break;
  }
  if (!out.empty()) out += ')';
  return out;
}

/// RFC 2045 section 6.1: one token and nothing else.
std::optional<std::string> encoding(std::string_view raw) {
  const std::string value = field_value(raw);
  Lexer lexer(value);
  std::string token;
  if (lexer.skip() && lexer.token(token) && lexer.skip() && lexer.at_end()) return token;
  return std::nullopt;
}

void set_once(std::optional<std::string>& slot, std::string_view raw) {
  if (!slot) slot = unfolded_value(raw);
}

void read_content_field(Fields& out, std::string_view name, std::string_view raw,
                        const Limits& limits) {
  if (equal_ignoring_case(name, "Type")) {
    if (!out.type) out.type = content_type(raw, limits);
  } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
    if (!out.encoding) out.encoding = encoding(raw);
  } else if (equal_ignoring_case(name, "ID")) {
    set_once(out.id, raw);
  } else if (equal_ignoring_case(name, "Description")) {
    set_once(out.description, raw);
  } else if (equal_ignoring_case(name, "MD5")) {
    set_once(out.md5, raw);
  } else if (equal_ignoring_case(name, "Location")) {
    set_once(out.location, raw);
  } else if (equal_ignoring_case(name, "Disposition")) {
    out.disposition = disposition(raw, limits);
  } else if (equal_ignoring_case(name, "Language")) {
    if (out.language.empty()) out.language = language(raw, limits);
  }
}

Fields read_fields(std::string_view header, PartContext context, const Limits& limits) {
  constexpr std::string_view prefix = "Content-";
  Fields out;
  HeaderFields fields(header);
  while (const auto field = fields.next()) {
    if (equal_ignoring_case(field->name, "MIME-Version")) out.mime = true;
    if (field->name.size() <= prefix.size()) continue;
    if (!equal_ignoring_case(field->name.substr(0, prefix.size()), prefix)) continue;
    read_content_field(out, field->name.substr(prefix.size()), field->raw, limits);
  }
  const bool counts = out.mime || out.type || context != PartContext::message;
  return counts ? std::move(out) : Fields{};
}

/// " disposition language location"
void append_common_extension(std::string& out, const Fields& fields) {
  for (const std::string* const text : {&fields.disposition, &fields.language}) {
    out += ' ';
    out += text->empty() ? std::string_view("NIL") : *text;
  }
  out += ' ';
  append_nstring(out, fields.location);
}

void describe_multipart(PartHeader& out, const Fields& fields,
                        const std::vector<Parameter>& parameters) {
  append_string(out.basic, out.subtype);
  out.extension = " ";
  append_parameters(out.extension, parameters);
  append_common_extension(out.extension, fields);
}

void describe_leaf(PartHeader& out, const Fields& fields, std::vector<Parameter> parameters) {
  if (equal_ignoring_case(out.type, "text") && find_parameter(parameters, "charset") == nullptr) {
    parameters.push_back({.name = "charset", .value = "us-ascii"});
  }
  append_string(out.basic, out.type);
  out.basic += ' ';
  append_string(out.basic, out.subtype);
  out.basic += ' ';
  append_parameters(out.basic, parameters);
  out.basic += ' ';
  append_nstring(out.basic, fields.id);
  out.basic += ' ';
  append_nstring(out.basic, fields.description);
  out.basic += ' ';
  append_string(out.basic, fields.encoding.value_or("7bit"));
  out.extension = " ";
  append_nstring(out.extension, fields.md5);
  append_common_extension(out.extension, fields);
}

/// Whether what a part of type message holds can be read as one. RFC 6532 section 3.7 lets it be
/// encoded, which hides it.
bool holds_message(const PartHeader& part) {
  static constexpr std::array<std::string_view, 4> as_it_is = {"", "7bit", "8bit", "binary"};
  if (equal_ignoring_case(part.subtype, "rfc822")) return true;
  return equal_ignoring_case(part.subtype, "global") &&
         std::ranges::find(as_it_is, part.encoding) != as_it_is.end();
}

/// RFC 2045 section 5.2 and RFC 2046 section 5.1.5: what a part is that does not say so.
ContentType default_type(PartContext context) {
  if (context == PartContext::digest_child) {
    return {.type = "message", .subtype = "rfc822", .parameters = {}};
  }
  return {.type = "text", .subtype = "plain", .parameters = {}};
}

/// RFC 3676 section 4.
Flow flow_of(const std::vector<Parameter>& parameters) {
  const std::string* format = find_parameter(parameters, "format");
  if (format == nullptr || !equal_ignoring_case(*format, "flowed")) return Flow::fixed;
  const std::string* delsp = find_parameter(parameters, "delsp");
  const bool deletes = delsp != nullptr && equal_ignoring_case(*delsp, "yes");
  return deletes ? Flow::flowed_delsp : Flow::flowed;
}

}  // namespace

PartHeader read_part_header(std::string_view header, PartContext context, Nesting nesting,
                            const Limits& limits) {
  Fields fields = read_fields(header, context, limits);
  ContentType type = std::exchange(fields.type, std::nullopt).value_or(default_type(context));
  PartHeader out;
  out.type = std::move(type.type);
  out.subtype = std::move(type.subtype);
  out.encoding = lower_case(fields.encoding.value_or(""));
  if (const auto* charset = find_parameter(type.parameters, "charset")) out.charset = *charset;
  out.flow = flow_of(type.parameters);
  if (equal_ignoring_case(out.type, "multipart") && !out.subtype.empty()) {
    out.kind = PartKind::multipart;
  } else if (equal_ignoring_case(out.type, "message") && holds_message(out)) {
    out.kind = PartKind::message;
    out.type = "message";
    out.subtype = lower_case(out.subtype);
  }
  if (out.kind != PartKind::leaf && nesting == Nesting::exhausted) {
    out.kind = PartKind::leaf;
    out.type = "application";
    out.subtype = "octet-stream";
  }
  if (out.kind == PartKind::multipart) {
    out.digest = equal_ignoring_case(out.subtype, "digest");
    if (const auto* boundary = find_parameter(type.parameters, "boundary")) {
      out.boundary = *boundary;
    }
    describe_multipart(out, fields, type.parameters);
  } else {
    describe_leaf(out, fields, std::move(type.parameters));
  }
  return out;
}

PartHeader opaque_part() {
  PartHeader out;
  out.type = "application";
  out.subtype = "octet-stream";
  describe_leaf(out, Fields{}, {});
  return out;
}

}  // namespace postern::wire::mime
