#include "sync/wire/imap/mailbox_name.h"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <unordered_map>

#include "sync/wire/ascii.h"
#include "sync/wire/imap/characters.h"
#include "sync/wire/imap/modified_utf7.h"
#include "sync/wire/utf8.h"

namespace postern::wire::imap {
namespace {

constexpr std::string_view inbox_name = "INBOX";
/// Octets; the store takes no longer names.
constexpr std::size_t longest_pattern = 1024;

/// INBOX means the same in any case, and so does the level that its children hang from.
void spell_inbox(std::string& name) {
  if (name.size() < inbox_name.size()) return;
  if (!equal_ignoring_case(std::string_view(name).substr(0, inbox_name.size()), inbox_name)) return;
  if (name.size() > inbox_name.size() && name[inbox_name.size()] != MailboxName::delimiter) return;
  name.replace(0, inbox_name.size(), inbox_name);
}

bool has_control(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto octet = static_cast<unsigned char>(utf8[i]);
    if (octet < 0x20 || octet == 0x7f) return true;
    // U+0080 to U+009F and the separators that RFC 5198 section 2 forbids.
    if (octet == 0xc2 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) < 0xa0)
      return true;
    if (utf8.substr(i, 3) == "\xe2\x80\xa8" || utf8.substr(i, 3) == "\xe2\x80\xa9") return true;
  }
  return false;
}

}  // namespace

std::optional<MailboxName> MailboxName::from_utf8(std::string_view name) {
  constexpr std::size_t longest = 4096;
  if (name.empty() || name.size() > longest || !valid_utf8(name) || has_control(name))
    return std::nullopt;
  if (name.front() == delimiter || name.back() == delimiter ||
      name.find("//") != std::string_view::npos)
    return std::nullopt;
  std::string spelt(name);
  spell_inbox(spelt);
  return MailboxName(std::move(spelt));
}

std::optional<MailboxName> MailboxName::from_wire(std::string_view name, Charset charset) {
  if (name.size() > 1 && name.ends_with(delimiter)) name.remove_suffix(1);
  if (charset == Charset::utf8) return from_utf8(name);
  const auto utf8 = from_modified_utf7(name);
  return utf8 ? from_utf8(*utf8) : std::nullopt;
}

std::string MailboxName::wire() const {
  return to_modified_utf7(utf8_);
}

std::vector<std::string> MailboxName::parents() const {
  std::vector<std::string> names;
  for (std::size_t at = utf8_.find(delimiter); at != std::string::npos;
       at = utf8_.find(delimiter, at + 1))
    names.push_back(utf8_.substr(0, at));
  return names;
}

std::optional<ListPattern> ListPattern::from_wire(std::string_view reference,
                                                  std::string_view mailbox, Charset charset) {
  ListPattern pattern;
  pattern.root_ = mailbox.empty();
  // The delimiter asks for names from the root, whatever the reference (RFC 3501 section 6.3.8).
  const bool absolute = mailbox.starts_with(MailboxName::delimiter);
  const std::string joined = std::string(absolute ? "" : reference) + std::string(mailbox);
  const auto utf8 = charset == Charset::utf8 ? std::optional(joined) : from_modified_utf7(joined);
  if (!utf8 || !valid_utf8(*utf8)) return std::nullopt;
  for (const char c : *utf8) {
    // Wildcards side by side mean what the strongest of them means.
    if (is_list_wildcard(c) && !pattern.pattern_.empty() &&
        is_list_wildcard(pattern.pattern_.back())) {
      if (c == '*') pattern.pattern_.back() = '*';
    } else {
      pattern.pattern_.push_back(c);
    }
  }
  // A longer one matches no name, or says nothing that a shorter one does not.
  if (pattern.pattern_.size() > longest_pattern) return std::nullopt;
  spell_inbox(pattern.pattern_);
  return pattern;
}

bool ListPattern::matches(std::string_view utf8) const {
  // Bit n: the octets so far can be the first n literals and whatever the wildcards between them
  // stand for.
  using Bits = std::bitset<longest_pattern + 1>;
  struct Masks {
    Bits any;         // a `*` stands behind the n-th literal
    Bits same_level;  // a `%` does
    std::unordered_map<char, Bits> literal;
    std::size_t literals = 0;
  } masks;
  const bool any_case = utf8 == inbox_name;
  for (const char c : pattern_) {
    if (is_list_wildcard(c)) {
      (c == '*' ? masks.any : masks.same_level).set(masks.literals);
    } else {
      masks.literal[any_case ? to_upper(c) : c].set(masks.literals++);
    }
  }
  Bits at;
  at.set(0);
  for (const char c : utf8) {
    Bits stays = at & masks.any;
    if (c != MailboxName::delimiter) stays |= at & masks.same_level;
    const auto found = masks.literal.find(c);
    at = found == masks.literal.end() ? stays : (at & found->second) << 1 | stays;
  }
  return at.test(masks.literals);
}

}  // namespace postern::wire::imap
