#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sync/base/ids.h"
#include "sync/wire/imap/mailbox_name.h"
#include "sync/wire/mime/section.h"

namespace postern::wire::imap {

/// A URL that names a message or a part of it (RFC 5092 section 11, `imapmessagepart`), absolute or
/// without the server, and with `;PARTIAL=` (RFC 5550 section 5.1).
struct MessageUrl {
  static constexpr std::size_t longest = 4096;

  struct Server {
    std::optional<std::string> user;
    std::string host;  ///< lower case; an IPv6 address without its brackets
  };
  struct Partial {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> octets;  ///< none: up to the end
  };
  std::optional<Server> server;
  std::optional<MailboxName> mailbox;  ///< none: the one that is selected
  std::optional<UidValidity> uid_validity;
  Uid uid{0};
  mime::Section section;
  std::optional<Partial> partial;
};

/// nullopt for any other URL, and for what says who may use it (RFC 4467).
[[nodiscard]] std::optional<MessageUrl> parse_message_url(std::string_view text);

}  // namespace postern::wire::imap
