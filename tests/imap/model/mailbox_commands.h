#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/imap/model/command.h"

namespace postern::imap::model {

// Commands about mailboxes as such, and those that open and close them. Each function takes the tag
// first.

/// What a client knows of a mailbox when it opens it with QRESYNC (RFC 7162 section 3.2.5).
struct Known {
  std::string validity;
  ModSeq mod_seq = 1;
  std::optional<Set> uids;  ///< without "*"
};

struct Opening {
  std::string mailbox;
  bool read_only = false;
  bool cond_store = false;
  std::optional<Known> known;
};

[[nodiscard]] Command select(const std::string& tag, const Opening& opening);
[[nodiscard]] Command close(const std::string& tag);
[[nodiscard]] Command unselect(const std::string& tag);
[[nodiscard]] Command create(const std::string& tag, const std::string& name);
[[nodiscard]] Command remove(const std::string& tag, const std::string& name);
[[nodiscard]] Command rename(const std::string& tag, const std::string& from,
                             const std::string& to);
/// All names that begin so.
[[nodiscard]] Command list(const std::string& tag, const std::string& beginning);
/// `items` are names in capitals.
[[nodiscard]] Command status(const std::string& tag, const std::string& name,
                             const std::vector<std::string>& items);
/// Names of extensions, of those that this server has.
[[nodiscard]] Command enable(const std::string& tag, const std::vector<std::string>& names);
[[nodiscard]] Command noop(const std::string& tag);
[[nodiscard]] Command check(const std::string& tag);
/// Ends with what comes after "+"; the tagged line belongs to done().
[[nodiscard]] Command idle(const std::string& tag);
[[nodiscard]] Command done(const std::string& tag);
[[nodiscard]] Command logout(const std::string& tag);
/// Nothing that the grammar knows.
[[nodiscard]] Command nonsense(const std::string& tag);

}  // namespace postern::imap::model
