#include "tests/bench/imap_load.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace postern::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
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

std::string tagged(std::size_t number, std::string_view command) {
  return 't' + std::to_string(number) + ' ' + std::string(command) + "\r\n";
}

/// Sends all at once; how many FETCH answers came.
std::uint64_t ask(Connection& connection, const Commands& commands) {
  std::string text;
  for (std::size_t i = 0; i < commands.size(); ++i) text += tagged(i, commands[i]);
  connection.send(text);
  std::uint64_t fetched = 0;
  for (std::size_t i = 0; i < commands.size(); ++i)
    fetched += finish(connection, 't' + std::to_string(i));
  return fetched;
}

void log_in(Connection& connection, const Login& login) {
  connection.line();
  ask(connection, {"LOGIN " + quoted(login.user) + ' ' + quoted(login.password)});
}

/// Runs `client` on threads of its own, with its number; they begin to be measured together when
/// all of them have called the function they are given. Seconds until all are done.
double all_at_once(std::size_t clients,
                   const std::function<void(std::size_t, const std::function<void()>&)>& client) {
  std::optional<Clock::time_point> began;
  std::barrier start(static_cast<std::ptrdiff_t>(clients),
                     [&]() noexcept { began = Clock::now(); });
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < clients; ++number) {
    threads.emplace_back([&, number] {
      bool ready = false;
      try {
        client(number, [&] {
          ready = true;
          start.arrive_and_wait();
        });
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        if (!ready) start.arrive_and_drop();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  return seconds_since(*began);
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

ImapFigures imap_ask(const Login& login, Layer layer, const Commands& before,
                     const Commands& measured) {
  ImapFigures figures;
  const auto opened = Clock::now();
  Connection connection(login.host, login.port, layer);
  log_in(connection, login);
  for (const std::string& command : before) ask(connection, {command});
  figures.opening = seconds_since(opened);
  const auto octets_before = connection.received();
  const auto began = Clock::now();
  figures.messages = ask(connection, measured);
  figures.seconds = seconds_since(began);
  figures.octets = connection.received() - octets_before;
  return figures;
}

ImapFigures imap_crowd(const Login& login, std::size_t clients, const Commands& commands) {
  ImapFigures figures;
  std::mutex mutex;
  figures.seconds = all_at_once(clients, [&](std::size_t, const std::function<void()>& ready) {
    ready();
    Connection connection(login.host, login.port, Layer::plain);
    log_in(connection, login);
    std::uint64_t fetched = 0;
    for (const std::string& command : commands) fetched += ask(connection, {command});
    const std::lock_guard lock(mutex);
    figures.messages += fetched;
    figures.octets += connection.received();
  });
  return figures;
}

ImapFigures imap_append(const Login& login, const AppendLoad& load) {
  std::vector<std::string> messages;
  for (const auto& file : load.files) messages.push_back(content(file));
  ImapFigures figures{.messages = load.count};
  for (std::size_t n = 0; n < load.count; ++n)
    figures.octets += messages[n % messages.size()].size();
  figures.seconds =
      all_at_once(load.clients, [&](std::size_t number, const std::function<void()>& ready) {
        Connection connection(login.host, login.port, Layer::plain);
        log_in(connection, login);
        ready();
        const std::size_t step = load.clients * load.per_command;
        for (std::size_t n = number * load.per_command; n < load.count; n += step) {
          connection.send("A APPEND " + quoted(load.mailbox));
          for (std::size_t i = n; i < std::min(load.count, n + load.per_command); ++i) {
            const std::string& message = messages[i % messages.size()];
            connection.send(" (\\Seen) {" + std::to_string(message.size()) + "+}\r\n");
            connection.send(message);
          }
          connection.send("\r\n");
          finish(connection, "A");
        }
      });
  return figures;
}

}  // namespace postern::bench
