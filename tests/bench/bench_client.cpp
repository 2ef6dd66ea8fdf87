// A client that is faster than any server: what it measures is the server. Prints one JSON object.
//
//   bench_client imap-fetch  HOST PORT USER PASSWORD MAILBOX ITEMS
//   bench_client imap-append HOST PORT USER PASSWORD MAILBOX CLIENTS COUNT FILE...
//   bench_client pop3-fetch  HOST PORT USER PASSWORD [tls]   every message, thrown away
//   bench_client pop3-list   HOST PORT USER PASSWORD [tls]   STAT and UIDL alone
//   bench_client delay       PORT MILLISECONDS               a proxy with that round trip; runs on
//   bench_client relay-upstream CERTIFICATE KEY             a TLS server; runs on
//   bench_client relay-fetch    PORT CLIENTS OCTETS         of each client, through a relay
//   bench_client relay-connect  PORT CLIENTS COUNT          connections, one after another of each
//   bench_client relay-idle     PORT COUNT                  holds them until stdin ends
//   bench_client deliver     FOLDER                          puts stdin into a Maildir, durably

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/connection.h"
#include "tests/bench/delay_proxy.h"
#include "tests/bench/maildir.h"
#include "tests/bench/pop3_sink.h"
#include "tests/bench/relay_load.h"

namespace postern::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

void print(double seconds, std::uint64_t messages, std::uint64_t octets) {
  std::printf("{\"seconds\": %.6f, \"messages\": %llu, \"octets\": %llu}\n", seconds,
              static_cast<unsigned long long>(messages), static_cast<unsigned long long>(octets));
}

void print(const Pop3Figures& seen) {
  print(seen.seconds, seen.messages, seen.octets);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char octet : text) {
    if (octet == '"' || octet == '\\') result += '\\';
    result += octet;
  }
  return result + '"';
}

/// The octets of the literal that a line of an IMAP answer ends with (RFC 3501 section 4.3).
std::optional<std::uint64_t> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  const auto digits = line.substr(open + 1, line.size() - open - 2);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::stoull(std::string(digits));
}

/// Reads to the tagged answer, which must be OK; counts the untagged FETCH answers.
std::uint64_t finish(Connection& connection, std::string_view tag) {
  std::uint64_t fetched = 0;
  bool at_start = true;  // false after a literal: the rest of the same answer
  while (true) {
    const std::string_view line = connection.line();
    if (at_start && line.starts_with(tag) && line.substr(tag.size()).starts_with(' ')) {
      if (!line.substr(tag.size()).starts_with(" OK")) throw std::runtime_error(std::string(line));
      return fetched;
    }
    if (at_start && line.starts_with("* ") &&
        line.substr(0, 24).find(" FETCH ") != std::string_view::npos) {
      ++fetched;
    }
    const auto literal = literal_at_end(line);
    at_start = !literal;
    if (literal) connection.skip(*literal);
  }
}

void log_in(Connection& connection, const Login& login) {
  connection.line();
  connection.send("L LOGIN " + quoted(login.user) + ' ' + quoted(login.password) + "\r\n");
  finish(connection, "L");
}

void imap_fetch(const Login& login, const std::string& mailbox, const std::string& items) {
  Connection connection(login.host, login.port, Layer::plain);
  log_in(connection, login);
  connection.send("S EXAMINE " + quoted(mailbox) + "\r\n");
  finish(connection, "S");
  const auto before = connection.received();
  const auto began = Clock::now();
  connection.send("F FETCH 1:* " + items + "\r\n");
  const auto messages = finish(connection, "F");
  print(seconds_since(began), messages, connection.received() - before);
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void append(Connection& connection, const std::string& mailbox, const std::string& message) {
  connection.send("A APPEND " + quoted(mailbox) + " (\\Seen) {" + std::to_string(message.size()) +
                  "+}\r\n");
  connection.send(message);
  connection.send("\r\n");
  finish(connection, "A");
}

void imap_append(const Login& login, const std::string& mailbox, std::size_t clients,
                 std::size_t count, const std::vector<std::string>& files) {
  std::vector<std::string> messages;
  std::uint64_t octets = 0;
  for (const auto& file : files) messages.push_back(content(file));
  for (std::size_t n = 0; n < count; ++n) octets += messages[n % messages.size()].size();
  std::optional<Clock::time_point> began;
  std::barrier start(static_cast<std::ptrdiff_t>(clients),
                     [&]() noexcept { began = Clock::now(); });
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (std::size_t client = 0; client < clients; ++client) {
    threads.emplace_back([&, client] {
      try {
        Connection connection(login.host, login.port, Layer::plain);
        log_in(connection, login);
        start.arrive_and_wait();
        for (std::size_t n = client; n < count; n += clients) {
          append(connection, mailbox, messages[n % messages.size()]);
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        start.arrive_and_drop();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  print(seconds_since(*began), count, octets);
}

Layer layer(const std::vector<std::string>& words, std::size_t at) {
  return words.size() > at && words[at] == "tls" ? Layer::tls : Layer::plain;
}

int run_relay(const std::vector<std::string>& words) {
  if (words[0] == "relay-upstream") run_relay_upstream(words[1], words[2]);
  if (words[0] == "relay-idle") {
    relay_idle(words[1], std::stoul(words[2]));
    return 0;
  }
  if (words.size() != 4) throw std::runtime_error("usage: see the top of bench_client.cpp");
  const std::size_t clients = std::stoul(words[2]);
  const std::uint64_t amount = std::stoull(words[3]);
  if (words[0] == "relay-fetch") {
    print(relay_fetch(words[1], clients, amount), clients, clients * amount);
  } else {
    print(relay_connect(words[1], clients, amount), amount, 0);
  }
  return 0;
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 2 && words[0] == "deliver") {
    deliver(words[1]);
    return 0;
  }
  if (words.size() == 3 && words[0] == "delay") {
    run_delay_proxy(static_cast<std::uint16_t>(std::stoul(words[1])),
                    std::chrono::milliseconds(std::stoul(words[2])));
  }
  if (words.size() >= 3 && words[0].starts_with("relay-")) return run_relay(words);
  if (words.size() < 5) throw std::runtime_error("usage: see the top of bench_client.cpp");
  const Login login{words[1], words[2], words[3], words[4]};
  if (words[0] == "imap-fetch" && words.size() == 7) {
    imap_fetch(login, words[5], words[6]);
  } else if (words[0] == "imap-append" && words.size() >= 9) {
    imap_append(login, words[5], std::stoul(words[6]), std::stoul(words[7]),
                {words.begin() + 8, words.end()});
  } else if (words[0] == "pop3-fetch") {
    print(pop3_session(login, layer(words, 5), Pop3Extent::with_messages));
  } else if (words[0] == "pop3-list") {
    print(pop3_session(login, layer(words, 5), Pop3Extent::list_only));
  } else {
    throw std::runtime_error("unknown command " + words[0]);
  }
  return 0;
}

}  // namespace

}  // namespace postern::bench

int main(int argc, char** argv) {
  try {
    return postern::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_client: %s\n", error.what());
    return 1;
  }
}
