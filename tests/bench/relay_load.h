#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace postern::bench {

/// A TLS server on a free port of 127.0.0.1, which it prints, that speaks enough of POP3: it takes
/// any login, and RETR n is answered with n octets. Runs until the process is ended.
[[noreturn]] void run_relay_upstream(const std::string& certificate, const std::string& key);

/// Seconds for `clients` connections to port, without TLS, to RETR `octets` each at the same time;
/// connecting and logging in is not counted.
double relay_fetch(const std::string& port, std::size_t clients, std::uint64_t octets);
/// Seconds for `count` connections, `clients` at a time, each of which waits for the greeting and
/// ends.
double relay_connect(const std::string& port, std::size_t clients, std::size_t count);
/// Opens `count` connections, logs in, prints a line, and holds them until standard input ends.
void relay_idle(const std::string& port, std::size_t count);

}  // namespace postern::bench
