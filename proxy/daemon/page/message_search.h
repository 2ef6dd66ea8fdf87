#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "sync/store/account.h"
#include "sync/store/snapshot.h"

namespace postern::daemon::page {

struct Hit {
  store::MailboxInfo mailbox;
  store::Entry entry;
  std::string subject;  ///< decoded
  std::string from;
};

struct Hits {
  std::vector<Hit> hits;  ///< the latest first
  enum class End { all, many, late } end = End::all;
};

/// The messages of an account in whose header or texts `words` stand, or simply the latest ones if
/// it is empty; at most `most`, and as many as are found within some seconds among the latest
/// 200,000. `words` is UTF-8.
/// Works on the store's threads, in turns. Network thread.
asio::awaitable<store::Outcome<Hits>> search_messages(std::shared_ptr<store::Account> account,
                                                      std::string words, std::size_t most);

}  // namespace postern::daemon::page
