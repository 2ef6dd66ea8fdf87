#pragma once

#include <asio/awaitable.hpp>

#include "proxy/daemon/daemon.h"
#include "sync/net/surroundings.h"

namespace postern::daemon {

/// Another network, or the machine woke up: what could not be reached may be reachable now, so that
/// all sources are polled that may be. Both go on until they are cancelled, which is thrown.
/// Network thread.
asio::awaitable<void> watch_network(net::NetworkWatch watch, const Daemon& daemon);
asio::awaitable<void> watch_sleep(net::SleepWatch watch, const Daemon& daemon);

}  // namespace postern::daemon
