#pragma once

#include <chrono>
#include <cstdint>

namespace postern::bench {

/// Listens on a free port of 127.0.0.1, prints it, and hands connections on to `port` there with
/// every octet half of `round_trip` later in each direction, and no limit to how many are under
/// way. Runs until the process is ended.
[[noreturn]] void run_delay_proxy(std::uint16_t port, std::chrono::milliseconds round_trip);

}  // namespace postern::bench
