#include "tests/bench/pop3_sink.h"

#include <chrono>
#include <stdexcept>
#include <string_view>

namespace postern::bench {

namespace {

using Clock = std::chrono::steady_clock;

/// Commands in flight: as many as fit into the buffers of the smallest socket, so that the server
/// is never kept from reading.
constexpr std::uint64_t kWindow = 1024;

std::string expect_ok(Connection& connection) {
  const auto line = connection.line();
  if (!line.starts_with("+OK")) throw std::runtime_error(std::string(line));
  return std::string(line);
}

/// The count in the answer to STAT (RFC 1939 section 5): "+OK count octets".
std::uint64_t message_count(const std::string& answer) {
  return std::stoull(answer.substr(std::string_view("+OK ").size()));
}

void fetch_all(Connection& connection, std::uint64_t count) {
  std::uint64_t asked = 0;
  for (std::uint64_t done = 0; done < count; ++done) {
    if (asked < count && asked - done <= kWindow / 2) {
      std::string commands;
      while (asked < count && asked < done + kWindow)
        commands += "RETR " + std::to_string(++asked) + "\r\n";
      connection.send(commands);
    }
    expect_ok(connection);
    connection.skip_multiline();
  }
}

}  // namespace

Pop3Figures pop3_session(const Login& login, Layer layer, Pop3Extent extent) {
  const auto began = Clock::now();
  Connection connection(login.host, login.port, layer);
  expect_ok(connection);
  connection.send("USER " + login.user + "\r\n");
  expect_ok(connection);
  connection.send("PASS " + login.password + "\r\n");
  expect_ok(connection);
  connection.send("STAT\r\n");
  const std::uint64_t count = message_count(expect_ok(connection));
  if (extent == Pop3Extent::with_messages) {
    fetch_all(connection, count);
  } else {
    connection.send("UIDL\r\n");
    expect_ok(connection);
    connection.skip_multiline();
  }
  connection.send("QUIT\r\n");
  expect_ok(connection);
  const std::chrono::duration<double> seconds = Clock::now() - began;
  return {seconds.count(), count, connection.received()};
}

}  // namespace postern::bench
