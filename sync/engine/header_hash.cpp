#include "sync/engine/header_hash.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include <openssl/sha.h>

#include "sync/wire/ascii.h"

namespace postern::engine {

namespace {

using wire::not_white_space;
using wire::white_space;

struct Field {
  std::string_view name;
  bool identifies;  ///< it alone tells messages apart
};

constexpr std::array<Field, 11> stable_fields{{{"from", false},
                                               {"sender", false},
                                               {"reply-to", false},
                                               {"to", false},
                                               {"cc", false},
                                               {"subject", false},
                                               {"date", true},
                                               {"message-id", true},
                                               {"in-reply-to", false},
                                               {"references", false},
                                               {"received", true}}};

const Field* stable_field(std::string_view line) {
  std::string_view name = line.substr(0, line.find(':'));
  if (name.size() == line.size()) return nullptr;
  while (!name.empty() && white_space(name.back())) name.remove_suffix(1);
  const auto* found = std::ranges::find_if(stable_fields, [name](const Field& field) {
    return wire::equal_ignoring_case(name, field.name);
  });
  return found == stable_fields.end() ? nullptr : found;
}

void append_normal(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t between = white_space.run(text);
    text.remove_prefix(between);
    if (text.empty()) return;
    const std::string_view word = text.substr(0, not_white_space.run(text));
    // None behind the colon: the hashes that are stored are of this form.
    if (between != 0 && out.back() != ':') out += ' ';
    out += word;
    text.remove_prefix(word.size());
  }
}

/// The normal form of the stable fields; empty if none of them identifies.
std::string normal_form(std::string_view rest) {
  std::string out;
  bool identified = false;
  const Field* current = nullptr;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // not complete: cut off, or not a header line
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.empty() || line == "\r") break;
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (!folded) {
      if (current != nullptr) out += '\n';
      current = stable_field(line);
      if (current == nullptr) continue;
      identified = identified || current->identifies;
      out += current->name;
      out += ':';
      append_normal(out, line.substr(line.find(':') + 1));
    } else if (current != nullptr) {
      if (out.back() != ':') out += ' ';
      const std::size_t text = line.find_first_not_of(" \t\r");
      append_normal(out, text == std::string_view::npos ? "" : line.substr(text));
      if (out.back() == ' ') out.pop_back();
    }
  }
  if (current != nullptr) out += '\n';
  return identified ? out : std::string();
}

}  // namespace

store::HeaderHash header_hash(std::string_view beginning_of_message) {
  store::HeaderHash hash{};
  const std::string normal = normal_form(beginning_of_message.substr(0, longest_hashed_header));
  if (normal.empty()) return hash;
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const std::uint8_t*>(normal.data()), normal.size(), digest.data());
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return hash;
}

}  // namespace postern::engine
