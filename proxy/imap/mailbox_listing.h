#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "config/capability.h"
#include "proxy/imap/turn.h"
#include "sync/store/mailbox.h"
#include "sync/wire/imap/command.h"

namespace postern::imap {

/// Which names a LIST shows and what it says of each: RFC 3501 section 6.3.8, RFC 3348, RFC 5258,
/// RFC 6154. Call step() until it has finished. One thread at a time.
class MailboxListing {
 public:
  /// `told`: without CHILDREN and SPECIAL-USE their attributes are left out.
  MailboxListing(std::shared_ptr<const store::MailboxTree> tree, wire::imap::command::List list,
                 config::Capabilities told)
      : tree_(std::move(tree)), list_(std::move(list)), told_(told) {}

  struct Line {
    std::string attributes;
    /// There is something below it that the options select (RFC 5258 section 3.5).
    bool has_selected_below = false;
  };
  /// By name, in rising order.
  using Lines = std::map<std::string, Line>;

  void step(const Turn& turn);
  [[nodiscard]] bool finished() const { return at_ == count(); }
  [[nodiscard]] const Lines& lines() const { return lines_; }
  [[nodiscard]] const wire::imap::command::List& list() const { return list_; }
  [[nodiscard]] const store::MailboxTree& tree() const { return *tree_; }

 private:
  using List = wire::imap::command::List;

  [[nodiscard]] std::size_t count() const;
  void look_at(const std::string& name);
  void look_above(const std::string& name);
  [[nodiscard]] bool selected(const std::string& name) const;
  [[nodiscard]] bool wanted(std::string_view name) const;
  [[nodiscard]] std::string attributes(const std::string& name) const;

  std::shared_ptr<const store::MailboxTree> tree_;
  List list_;
  config::Capabilities told_;
  std::size_t at_ = 0;  ///< in the mailboxes or subscriptions of the tree
  std::unordered_set<std::string> above_;
  Lines lines_;
};

/// What a line says of a name, but for \Subscribed, as far as it is `told`; `missing` if there is
/// no such mailbox.
[[nodiscard]] std::string mailbox_attributes(const store::MailboxTree& tree,
                                             const std::string& name, std::string_view missing,
                                             const config::Capabilities& told);

/// "\Sent" and the like (RFC 6154 section 2); empty for none.
[[nodiscard]] std::string_view attribute_of(store::SpecialUse use);
/// The use that such an attribute names, in any case; `none` if there is no such use here.
[[nodiscard]] store::SpecialUse use_of(std::string_view attribute);

/// The levels above a name, the topmost first.
[[nodiscard]] std::vector<std::string> names_above(const std::string& name);

}  // namespace postern::imap
