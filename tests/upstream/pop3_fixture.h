#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "sync/upstream/pop3_session.h"
#include "tests/net/loop.h"
#include "tests/support/hostile_pop3.h"

namespace postern::upstream {

using namespace std::chrono_literals;
using test::HostilePop3;

/// Gathers what comes; complete messages only.
class Gather final : public MessageSink {
 public:
  void begin(std::size_t) override { text_.clear(); }
  void octets(std::string_view piece) override { text_ += piece; }
  void end() override {
    messages.push_back(text_);
    if (broken_after != 0 && messages.size() == broken_after) broken_ = true;
  }
  void refused(std::size_t index, const Refused& why) override {
    refusals.push_back(std::to_string(index) + " " + why.words);
  }
  [[nodiscard]] State state() const override { return broken_ ? State::broken : State::ready; }
  asio::awaitable<void> drained() override { co_return; }

  std::vector<std::string> messages;
  std::vector<std::string> refusals;
  std::size_t broken_after = 0;

 private:
  std::string text_;
  bool broken_ = false;
};

/// How a whole conversation went.
struct Course {
  std::optional<Refused> refused;
  std::optional<net::ErrorKind> lost;
  wire::pop3::Listing listing;
  Pop3Session::Retrieved retrieved{};
  std::size_t removed = 0;
};

inline constexpr Pop3Deadlines quick{2s, 2s, 2s, 2s};

/// Logs in, fetches all, marks `dele`, and quits; then stops the server.
asio::awaitable<void> play(Pop3Settings settings, Gather& sink, std::vector<std::uint32_t> dele,
                           HostilePop3& server, Course& course, std::string secret = "secret words",
                           std::string user = "anna");

class Pop3SessionTest : public testing::Test {
 protected:
  /// `own` is kept over all tests: making keys takes a while.
  static void SetUpTestSuite() {
    folder = new net::test::TemporaryFolder;
    auto server = net::TlsServer::automatic(folder->path);
    ASSERT_TRUE(server) << server.error().text();
    tls = new net::TlsServer(std::move(*server));
  }
  static void TearDownTestSuite() {
    delete tls;
    delete folder;
  }

  void serve(HostilePop3::Start start = HostilePop3::Start::plaintext) {
    server = std::make_unique<HostilePop3>(loop.io.get_executor(), tls, start);
    server->maildrop = {{"a", "Subject: 1\r\n\r\none\r\n"}, {"b", "Subject: 2\r\n\r\n.two\r\n"}};
  }
  Course run(config::Tls mode = config::Tls::none) {
    net::TlsTrust trust;
    trust.host = "127.0.0.1";
    trust.pin = tls->facts().fingerprint;
    const auto client = net::TlsClient::make(trust);
    Pop3Settings settings;
    settings.server = {"127.0.0.1", server->port()};
    settings.tls = mode;
    settings.trust = &*client;
    settings.deadlines = deadlines;
    settings.message_limit = message_limit;
    settings.login = wanted;
    settings.memory = &memory;
    Course course;
    loop.run(play(settings, sink, dele, *server, course, secret, user));
    return course;
  }
  /// No octet that is worth anything to a listener went out.
  [[nodiscard]] bool no_credentials() const {
    return server->count("USER") + server->count("PASS") + server->count("AUTH") +
               server->count("APOP") ==
           0;
  }

  static inline net::test::TemporaryFolder* folder = nullptr;
  static inline net::TlsServer* tls = nullptr;

  net::test::Loop loop;
  std::unique_ptr<HostilePop3> server;
  Gather sink;
  std::vector<std::uint32_t> dele;
  std::uint64_t message_limit = 1 << 20;
  config::Login wanted = config::Login::strongest;
  Pop3Memory memory;
  Pop3Deadlines deadlines = quick;
  std::string user = "anna";
  std::string secret = "secret words";
};

}  // namespace postern::upstream
