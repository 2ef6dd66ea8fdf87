#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/connection.h"

namespace postern::bench {

struct ImapFigures {
  double opening = 0;  ///< seconds from the connection to the end of the commands before
  double seconds = 0;
  std::uint64_t messages = 0;  ///< FETCH answers, or messages appended
  std::uint64_t octets = 0;
};

using Commands = std::vector<std::string>;

/// One session: `before` one after the other, then `measured`, all sent at once. Throws
/// std::runtime_error if one is refused.
ImapFigures imap_ask(const Login& login, Layer layer, const Commands& before,
                     const Commands& measured);

/// As many sessions at once as `clients`, each from its connection to the end of its commands.
ImapFigures imap_crowd(const Login& login, std::size_t clients, const Commands& commands);

struct AppendLoad {
  std::string mailbox;
  std::size_t clients = 1;
  std::size_t count = 1;        ///< messages, of all clients
  std::size_t per_command = 1;  ///< more than one: MULTIAPPEND, RFC 3502
  std::vector<std::string> files;
};

ImapFigures imap_append(const Login& login, const AppendLoad& load);

}  // namespace postern::bench
