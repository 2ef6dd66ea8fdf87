#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <asio/awaitable.hpp>

namespace postern::engine {

/// Waits for `work`, which a cancellation of the waiting one reaches only after `grace`, asked for
/// when it comes; net::Error(cancelled) is thrown when the work has ended. What `work` throws is
/// only logged, with its area and name. Network thread.
asio::awaitable<void> carry_through(std::string area, std::string name, asio::awaitable<void> work,
                                    std::function<std::chrono::milliseconds()> grace);

}  // namespace postern::engine
