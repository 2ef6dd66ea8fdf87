#include <algorithm>

#include <fmt/format.h>

#include "proxy/imap/session.h"
#include "sync/wire/ascii.h"

namespace postern::imap {

/// RFC 5161 section 3.1: unknown names are passed over.
asio::awaitable<Answer> Session::run(const wire::imap::command::Enable& command) {
  std::vector<Extension> wanted;
  std::string names;
  for (const auto& [name, extension] : extension_names) {
    if (!offer_.has_all(config::named(name))) continue;
    for (const std::string& asked : command.capabilities) {
      if (!wire::equal_ignoring_case(asked, name)) continue;
      wanted.push_back(extension);
      names += ' ';
      names += name;
      break;
    }
  }
  out_ += "* ENABLED" + names + "\r\n";
  for (const Extension extension : wanted) enable(extension);
  co_return Answer::ok("ENABLE completed");
}

/// RFC 7162 section 3.1: whoever begins to use MODSEQ with a mailbox open is told where it stands.
void Session::enable(Extension extension) {
  const bool had = enabled_.has(Extension::cond_store);
  enabled_.add(extension);
  if (extension == Extension::qresync) enabled_.add(Extension::cond_store);
  if (extension == Extension::uid_only) end_numbered_contexts();
  if (extension == Extension::metadata && !annotations_) annotations_ = account()->annotations();
  if (!had && enabled_.has(Extension::cond_store) && view_)
    untagged(wire::imap::Condition::ok, highest_mod_seq(), "The highest MODSEQ of the mailbox");
}

std::string Session::highest_mod_seq() const {
  ModSeq told = view_->snapshot().head().highest_mod_seq;
  if (!passed_over_.empty()) told = std::min(told, told_before_);
  return fmt::format("HIGHESTMODSEQ {}", told.value);
}

}  // namespace postern::imap
