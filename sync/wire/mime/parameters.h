#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sync/wire/mime/lexer.h"

namespace postern::wire::mime {

struct Parameter {
  std::string name;
  std::string value;

  bool operator==(const Parameter&) const = default;
};

/// RFC 2045 section 5.1: what follows the value of Content-Type or Content-Disposition, from the
/// first ';' on. Broken parameters are passed over. Continuations (RFC 2231 section 3) are joined
/// where they are complete, and stand after the others; a value with a charset (section 4) keeps
/// its coded form and its name ending in '*'. At most `limit` are read.
[[nodiscard]] std::vector<Parameter> read_parameters(Lexer& lexer, std::size_t limit);

/// The value of the first one with that name (in lower case), or nullptr.
[[nodiscard]] const std::string* find_parameter(const std::vector<Parameter>& parameters,
                                                std::string_view name);

/// "(name value ...)" or NIL.
void append_parameters(std::string& out, const std::vector<Parameter>& parameters);

}  // namespace postern::wire::mime
