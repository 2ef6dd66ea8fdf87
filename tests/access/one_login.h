#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include <asio/awaitable.hpp>

#include "proxy/access/directory.h"

namespace postern::access::test {

/// A store that is open as far as a login can tell; nothing is asked of it.
inline std::shared_ptr<store::Account> some_store() {
  static int place = 0;
  return {std::shared_ptr<void>(), reinterpret_cast<store::Account*>(&place)};
}

/// One login, its answer in `answer`.
inline asio::awaitable<void> ask(Directory& directory, std::string user, std::string password,
                                 Peer peer, std::expected<Login, Refused>& answer) {
  Secret secret(std::move(password));
  answer = co_await directory.login(std::move(user), std::move(secret), std::move(peer));
}

}  // namespace postern::access::test
