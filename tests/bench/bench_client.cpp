// A client that is faster than any server: what it measures is the server. Prints one JSON object.
//
//   bench_client imap-ask    HOST PORT USER PASSWORD plain|tls BEFORE... -- MEASURED...
//   bench_client imap-crowd  HOST PORT USER PASSWORD CLIENTS COMMAND...
//   bench_client imap-append HOST PORT USER PASSWORD MAILBOX CLIENTS COUNT PER-COMMAND FILE...
//   bench_client pop3-fetch  HOST PORT USER PASSWORD [tls]   every message, thrown away
//   bench_client pop3-list   HOST PORT USER PASSWORD [tls]   STAT and UIDL alone
//   bench_client delay       PORT MILLISECONDS               a proxy with that round trip; runs on
//   bench_client relay-upstream CERTIFICATE KEY             a TLS server; runs on
//   bench_client relay-fetch    PORT CLIENTS OCTETS         of each client, through a relay
//   bench_client relay-connect  PORT CLIENTS COUNT          connections, one after another of each
//   bench_client relay-idle     PORT COUNT                  holds them until stdin ends
//   bench_client deliver     FOLDER                          puts stdin into a Maildir, durably

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/connection.h"
#include "tests/bench/delay_proxy.h"
#include "tests/bench/imap_load.h"
#include "tests/bench/maildir.h"
#include "tests/bench/pop3_sink.h"
#include "tests/bench/relay_load.h"

namespace postern::bench {

namespace {

void print(double seconds, std::uint64_t messages, std::uint64_t octets) {
  std::printf("{\"seconds\": %.6f, \"messages\": %llu, \"octets\": %llu}\n", seconds,
              static_cast<unsigned long long>(messages), static_cast<unsigned long long>(octets));
}

void print(const Pop3Figures& seen) {
  print(seen.seconds, seen.messages, seen.octets);
}

void print(const ImapFigures& seen) {
  std::printf("{\"opening\": %.6f, \"seconds\": %.6f, \"messages\": %llu, \"octets\": %llu}\n",
              seen.opening, seen.seconds, static_cast<unsigned long long>(seen.messages),
              static_cast<unsigned long long>(seen.octets));
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
  if (words[0] == "imap-ask" && words.size() >= 6) {
    const auto middle = std::find(words.begin() + 6, words.end(), "--");
    if (middle == words.end()) throw std::runtime_error("imap-ask: no -- before what is measured");
    print(imap_ask(login, layer(words, 5), {words.begin() + 6, middle},
                   {std::next(middle), words.end()}));
  } else if (words[0] == "imap-crowd" && words.size() >= 6) {
    print(imap_crowd(login, std::stoul(words[5]), {words.begin() + 6, words.end()}));
  } else if (words[0] == "imap-append" && words.size() >= 10) {
    print(imap_append(login, {.mailbox = words[5],
                              .clients = std::stoul(words[6]),
                              .count = std::stoul(words[7]),
                              .per_command = std::stoul(words[8]),
                              .files = {words.begin() + 9, words.end()}}));
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
