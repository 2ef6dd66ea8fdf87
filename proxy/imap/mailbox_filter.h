#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "sync/wire/imap/command.h"

namespace postern::imap {

/// The mailboxes that RFC 5465 section 6 and RFC 7377 section 2.2 know how to name, with the names
/// at hand: there may be thousands of them, and of mailboxes. Pure, any thread.
struct MailboxFilter {
  using Kind = wire::imap::command::MailboxFilter::Kind;

  enum class Subscribed : std::uint8_t { no, yes };
  /// `above` are names_above() of the name, if looks_above(). Of the kinds of the selected mailbox
  /// none fits: which that is is for others to know.
  [[nodiscard]] bool fits(const std::string& name, const std::vector<std::string>& above,
                          Subscribed subscribed) const;
  [[nodiscard]] bool looks_above() const {
    return kind == Kind::subtree || kind == Kind::subtree_one;
  }
  void add(const std::vector<wire::imap::MailboxName>& more);

  Kind kind = Kind::personal;
  std::unordered_set<std::string> names;
};

}  // namespace postern::imap
