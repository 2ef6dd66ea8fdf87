#include "sync/wire/mime/parameters.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/ascii.h"
#include "sync/wire/mime/imap_string.h"

namespace postern::wire::mime {
namespace {

enum class Coding { plain, extended };

/// One parameter whose name has an asterisk: "name*", "name*3" or "name*3*".
struct Piece {
  Parameter parameter;  ///< as sent
  std::string base;
  std::optional<unsigned> index;
  Coding coding = Coding::plain;
  std::size_t position = 0;  ///< among the pieces as sent
};

std::optional<Piece> as_piece(const Parameter& parameter) {
  Piece piece{.parameter = parameter, .base = {}, .index = {}};
  std::string_view name = parameter.name;
  if (name.ends_with('*')) {
    piece.coding = Coding::extended;
    name.remove_suffix(1);
  }
  const auto star = name.find('*');
  if (star != std::string_view::npos) {
    const std::string_view digits = name.substr(star + 1);
    unsigned index = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), index);
    if (error != std::errc() || end != digits.end()) return std::nullopt;
    piece.index = index;
  } else if (piece.coding == Coding::plain) {
    return std::nullopt;
  }
  piece.base = name.substr(0, star);
  return piece;
}

/// Whether pieces[begin, end), sorted, are all pieces 0, 1, 2, ... of one value.
bool complete(const std::vector<Piece>& pieces, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (pieces[i].index != i - begin) return false;
  }
  return true;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
}

Parameter joined(const std::vector<Piece>& pieces, std::size_t begin, std::size_t end) {
  const auto first = pieces.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = pieces.begin() + static_cast<std::ptrdiff_t>(end);
  const bool extended =
      std::any_of(first, last, [](const Piece& piece) { return piece.coding == Coding::extended; });
  Parameter result{.name = first->base, .value = {}};
  if (extended) {
    result.name += '*';
    if (first->coding == Coding::plain) result.value = "''";
  }
  for (auto piece = first; piece != last; ++piece) {
    if (extended && piece->coding == Coding::plain) {
      append_escaped(result.value, piece->parameter.value);
    } else {
      result.value += piece->parameter.value;
    }
  }
  return result;
}

void append_pieces(std::vector<Parameter>& out, std::vector<Piece> pieces) {
  std::ranges::sort(pieces, {}, [](const Piece& piece) {
    return std::tuple(lower_case(piece.base), piece.index, piece.position);
  });
  for (std::size_t begin = 0; begin < pieces.size();) {
    std::size_t end = begin + 1;
    if (pieces[begin].index) {
      while (end < pieces.size() && equal_ignoring_case(pieces[begin].base, pieces[end].base))
        ++end;
    }
    if (complete(pieces, begin, end)) {
      out.push_back(joined(pieces, begin, end));
    } else {
      for (std::size_t i = begin; i < end; ++i) out.push_back(pieces[i].parameter);
    }
    begin = end;
  }
}

/// At ';'. False: this is no parameter; the lexer stands where that became clear.
bool read_parameter(Lexer& lexer, Parameter& out) {
  if (!lexer.take(';') || !lexer.skip()) return false;
  lexer.token(out.name);
  if (!lexer.skip() || !lexer.take('=') || !lexer.skip()) return false;
  if (lexer.next_is('"')) {
    if (!lexer.quoted_string(out.value)) return false;
  } else if (!lexer.encoded_word(out.value)) {
    lexer.token(out.value);
  }
  lexer.skip();
  return true;
}

}  // namespace

std::vector<Parameter> read_parameters(Lexer& lexer, std::size_t limit) {
  std::vector<Parameter> result;
  std::vector<Piece> pieces;
  lexer.skip();
  while (!lexer.at_end() && result.size() + pieces.size() < limit) {
    Parameter parameter;
    const auto start = lexer.position();
    if (!read_parameter(lexer, parameter)) {
      if (lexer.position() == start) lexer.advance();
      while (!lexer.at_end() && !lexer.next_is(';')) lexer.advance();
    } else if (auto piece = as_piece(parameter)) {
      piece->position = pieces.size();
      pieces.push_back(std::move(*piece));
    } else {
      result.push_back(std::move(parameter));
    }
  }
  append_pieces(result, std::move(pieces));
  return result;
}

const std::string* find_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = std::ranges::find_if(parameters, [&](const Parameter& parameter) {
    return equal_ignoring_case(parameter.name, name);
  });
  return found == parameters.end() ? nullptr : &found->value;
}

void append_parameters(std::string& out, const std::vector<Parameter>& parameters) {
  if (parameters.empty()) {
    out += "NIL";
    return;
  }
  char separator = '(';
  for (const Parameter& parameter : parameters) {
    out += separator;
    append_string(out, parameter.name);
    out += ' ';
    append_string(out, parameter.value);
    separator = ' ';
  }
  out += ')';
}

}  // namespace postern::wire::mime
