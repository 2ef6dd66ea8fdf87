#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <asio/awaitable.hpp>

#include "sync/net/completion.h"
#include "sync/store/account.h"

namespace postern::pop3 {

/// The store's work as something to wait for. The work owns what it touches. Network thread.
template <class Work>
auto write(std::shared_ptr<store::Account> account, Work work)
    -> asio::awaitable<store::Outcome<std::invoke_result_t<Work&, store::Transaction&>>> {
  using Result = store::Outcome<std::invoke_result_t<Work&, store::Transaction&>>;
  auto start = [account, work = std::move(work)](auto done) mutable {
    account->write(std::move(work), done);
  };
  co_return co_await net::completion<Result>(std::move(start));
}

template <class Work>
auto read(std::shared_ptr<store::Account> account, Work work)
    -> asio::awaitable<store::Outcome<std::invoke_result_t<Work&, store::Reader&>>> {
  using Result = store::Outcome<std::invoke_result_t<Work&, store::Reader&>>;
  auto start = [account, work = std::move(work)](auto done) mutable {
    account->read(std::move(work), done);
  };
  co_return co_await net::completion<Result>(std::move(start));
}

/// nullptr if there is no such mailbox any more.
inline asio::awaitable<store::Outcome<store::Account::MailboxPtr>> open_mailbox(
    std::shared_ptr<store::Account> account, MailboxId id) {
  auto start = [account, id](auto done) { account->open_mailbox(id, done); };
  co_return co_await net::completion<store::Outcome<store::Account::MailboxPtr>>(start);
}

}  // namespace postern::pop3
