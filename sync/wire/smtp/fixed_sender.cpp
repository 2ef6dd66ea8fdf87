#include "sync/wire/smtp/fixed_sender.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sync/wire/ascii.h"
#include "sync/wire/mime/address.h"
#include "sync/wire/mime/header.h"

namespace postern::wire::smtp {

namespace {

using mime::Field;
using mime::HeaderFields;

constexpr std::string_view empty_line = "\r\n\r\n";

/// Whether a phrase is made of encoded words and nothing else (RFC 2047 section 5 (3)): what looks
/// like one may hold an address.
bool is_encoded_words(std::string_view phrase) {
  constexpr std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/=_?";
  while (!phrase.empty()) {
    const std::string_view word = phrase.substr(0, phrase.find(' '));
    phrase.remove_prefix(std::min(word.size() + 1, phrase.size()));
    const bool encoded = word.size() > 4 && word.starts_with("=?") && word.ends_with("?=") &&
                         word.find_first_not_of(allowed) == std::string_view::npos;
    if (!encoded) return false;
  }
  return true;
}

/// What stands in front of the address, as a quoted string; empty if nothing does.
std::string name_in(const Field& from) {
  const std::string value = mime::unfolded_value(from.raw);
  const auto address = mime::AddressReader(value).next();
  if (!address || !address->name || address->name->empty()) return {};
  std::string quoted = "\"";
  for (const char c : *address->name) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c != '\r' && c != '\n') quoted += c;
  }
  // An encoded word is none within quotes (RFC 2047 section 5).
  if (is_encoded_words(*address->name)) return *address->name + " ";
  return quoted + "\" ";
}

}  // namespace

std::string with_sender(std::string_view header, std::string_view address) {
  std::string out;
  std::size_t kept = 0;
  bool written = false;
  bool fields = false;
  HeaderFields all(header);
  while (const auto field = all.next()) {
    fields = true;
    const bool from = equal_ignoring_case(field->name, "From");
    if (!from && !equal_ignoring_case(field->name, "Sender")) continue;
    const auto at = static_cast<std::size_t>(field->lines.data() - header.data());
    out += header.substr(kept, at - kept);
    if (from && !written) out += fmt::format("From: {}<{}>\r\n", name_in(*field), address);
    written = written || from;
    kept = at + field->lines.size();
  }
  out += header.substr(kept);
  if (written) return out;
  const bool lacks_line = !fields && !header.starts_with("\r\n");
  return fmt::format("From: <{}>\r\n{}{}", address, lacks_line ? "\r\n" : "", out);
}

std::string FixedSender::feed(std::string octets) {
  if (past_header_) return octets;
  const std::size_t from = held_.size() < empty_line.size() ? 0 : held_.size() - empty_line.size();
  held_ += octets;
  std::size_t end = std::string::npos;
  if (held_.starts_with("\r\n")) {
    end = 2;
  } else if (const std::size_t found = held_.find(empty_line, from); found != std::string::npos) {
    end = found + empty_line.size();
  }
  if (end > longest_header) return {};  // or there is no end yet
  past_header_ = true;
  const std::string held = std::exchange(held_, {});
  return with_sender(std::string_view(held).substr(0, end), address_) + held.substr(end);
}

std::string FixedSender::finish() {
  if (std::exchange(past_header_, true)) return {};
  return with_sender(std::exchange(held_, {}), address_);
}

}  // namespace postern::wire::smtp
