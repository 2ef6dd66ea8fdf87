#pragma once

#include <chrono>
#include <memory>

#include <asio/awaitable.hpp>

#include "proxy/daemon/daemon.h"
#include "sync/net/file_watch.h"
#include "sync/net/surroundings.h"

namespace postern::daemon {

/// Another network, or the machine woke up: what could not be reached may be reachable now, so that
/// all sources are polled that may be, and the certificate is looked at. All go on until they are
/// cancelled, which is thrown. Network thread.
asio::awaitable<void> watch_network(net::NetworkWatch watch, Daemon& daemon);
asio::awaitable<void> watch_sleep(net::SleepWatch watch, Daemon& daemon);

/// Looks at the certificate again as soon as its files change...
asio::awaitable<void> watch_certificate_files(std::shared_ptr<net::FileWatch> watch,
                                              Daemon& daemon);
/// ...and at intervals, for dates and names that change without a word. `watch` may be nullptr.
asio::awaitable<void> look_after_certificate(std::shared_ptr<net::FileWatch> watch, Daemon& daemon,
                                             std::chrono::seconds interval);

}  // namespace postern::daemon
