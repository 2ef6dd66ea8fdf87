#include "sync/engine/access_tokens.h"

#include <fstream>
#include <iterator>

#include "sync/engine/token_key.h"
#include "sync/net/task_group.h"
#include "tests/store/store_fixture.h"
#include "tests/upstream/oauth/http_peer.h"

namespace postern::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using upstream::oauth::test::HttpPeer;
using upstream::oauth::test::json_answer;
using Freshness = AccessTokens::Freshness;
using Answers = std::vector<HttpPeer::Answer>;

/// One source with a grant in the store, and a token endpoint that answers as it is told.
class Tokens : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    source.server.host = "pop.example.net";
    source.server.port = 995;
    source.username = "anna";
    source.oauth.emplace();
    source.oauth->client_id = "postern";
    source.oauth->token = peer.url();
  }

  [[nodiscard]] std::filesystem::path key_file() const { return folder.path() / "token.key"; }

  void keep(int lifetime, const std::string& refresh = "rt1") {
    wire::oauth::Grant grant;
    grant.access_token = Secret("at1");
    grant.refresh_token = Secret(refresh);
    grant.lifetime = std::chrono::seconds(lifetime);
    loop.run(keep_one(grant));
  }
  asio::awaitable<void> keep_one(wire::oauth::Grant grant) {
    const auto kept = co_await keep_grant(*account, key_file(), source.key(), std::move(grant));
    EXPECT_TRUE(kept.has_value());
  }

  using Token = std::expected<Secret, Trouble>;
  Token token(Freshness freshness = Freshness::usual) {
    Token out;
    loop.run(ask(freshness, out));
    return out;
  }
  asio::awaitable<void> ask(Freshness freshness, Token& out) {
    AccessTokens tokens("anna", source, account, key_file());
    out = co_await tokens.token(freshness);
  }

  /// Stopped once the server has the question, before its answer.
  asio::awaitable<void> ask_and_stop(std::chrono::milliseconds grace) {
    AccessTokens tokens("anna", source, account, key_file(), grace);
    bool answered = false;
    net::TaskGroup group(loop.io.get_executor(), "tokens");
    group.spawn("ask", ask_once(tokens, answered));
    while (peer.requests.empty()) co_await net::pause(std::chrono::milliseconds(1));
    group.cancel();
    co_await group.join();
    EXPECT_FALSE(answered);
    loop.io.stop();
  }
  static asio::awaitable<void> ask_once(AccessTokens& tokens, bool& answered) {
    (void)co_await tokens.token(Freshness::usual);
    answered = true;
  }

  [[nodiscard]] std::string sealed() {
    return store::read(
        *account, [key = source.key()](store::Reader& reader) { return reader.credential(key); });
  }
  [[nodiscard]] std::optional<StoredGrant> kept() {
    const auto text = TokenKey::open(key_file())->unseal(sealed(), source.key());
    return text ? parse_stored_grant(*text) : std::nullopt;
  }
  void serve(Answers answers) { loop.beside(peer.serve(std::move(answers))); }

  net::test::Loop loop;
  HttpPeer peer{loop};
  config::Source source;
};

const std::string renewed =
    json_answer(R"({"access_token":"at2","refresh_token":"rt2","expires_in":3600})");

TEST_F(Tokens, NobodyHasSignedIn) {
  const auto answer = token();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().state, SourceState::sign_in_needed);
  EXPECT_THAT(answer.error().detail, HasSubstr("postern login anna"));
}

TEST_F(Tokens, AFreshOneIsUsed) {
  keep(3600);
  const auto answer = token();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reveal(), "at1");
  EXPECT_THAT(peer.requests, IsEmpty());
}

TEST_F(Tokens, AnOldOneIsRenewedAndTheNewRefreshTokenKept) {
  keep(0);
  serve({{renewed}});
  const auto answer = token();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reveal(), "at2");
  ASSERT_THAT(peer.requests, SizeIs(1));
  EXPECT_THAT(peer.requests[0],
              HasSubstr("grant_type=refresh_token&refresh_token=rt1&client_id=postern"));
  EXPECT_EQ(kept()->refresh_token.reveal(), "rt2");
  EXPECT_EQ(token()->reveal(), "at2");  // without asking again
}

TEST_F(Tokens, ARenewalThatHasBegunIsCarriedThroughWhenItIsStopped) {
  keep(0);
  serve({{.octets = renewed, .wait = std::chrono::milliseconds(300)}});
  loop.run(ask_and_stop(net::test::ample));
  EXPECT_EQ(kept()->refresh_token.reveal(), "rt2");
}

TEST_F(Tokens, ARenewalThatDoesNotEndIsGivenUpAfterAWhile) {
  keep(0);
  serve({{.octets = "", .then = HttpPeer::Answer::Then::stay}});
  const SteadyTime begun = std::chrono::steady_clock::now();
  loop.run(ask_and_stop(std::chrono::milliseconds(10)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, net::test::ample);
  EXPECT_EQ(kept()->refresh_token.reveal(), "rt1");
}

TEST_F(Tokens, WhatRepeatsTheRefreshTokenIsNotTold) {  // G3
  keep(0, "a-refresh-token");
  serve({{json_answer(R"({"error":"invalid_client","error_description":"no: A-REFRESH-TOKEN"})",
                      "401 Unauthorized")}});
  EXPECT_THAT(token().error().detail, testing::Not(HasSubstr("REFRESH")));
}

TEST_F(Tokens, ARefreshTokenThatIsNotReplacedStays) {
  keep(0);
  serve({{json_answer(R"({"access_token":"at2"})")}});
  ASSERT_TRUE(token());
  EXPECT_EQ(kept()->refresh_token.reveal(), "rt1");
}

TEST_F(Tokens, ARefusedOneIsRenewedBeforeItsTime) {
  keep(3600);
  serve({{renewed}});
  EXPECT_EQ(token(Freshness::renewed)->reveal(), "at2");
}

TEST_F(Tokens, OnlyTheServersWordEndsASignIn) {
  struct Row {
    const char* name;
    std::string answer;
    SourceState state;
    bool forgotten;
  };
  const Row rows[] = {
      {"invalid_grant", json_answer(R"({"error":"invalid_grant"})", "400 Bad Request"),
       SourceState::sign_in_needed, true},
      {"invalid_client", json_answer(R"({"error":"invalid_client"})", "401 Unauthorized"),
       SourceState::server_error, false},
      {"in trouble", json_answer("", "503 Service Unavailable"), SourceState::server_error, false},
      {"in trouble, says otherwise",
       json_answer(R"({"error":"invalid_grant"})", "500 Internal Server Error"),
       SourceState::server_error, false},
      {"redirect", json_answer("", "302 Found"), SourceState::server_error, false},
      {"nonsense", json_answer("<html>"), SourceState::server_error, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    HttpPeer other(loop);
    source.oauth->token = other.url();
    keep(0);
    loop.beside(other.serve({{row.answer}}));
    const auto answer = token();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().state, row.state);
    EXPECT_EQ(sealed().empty(), row.forgotten);
    EXPECT_EQ(answer.error().detail.find("postern login") != std::string::npos, row.forgotten);
    EXPECT_EQ(answer.error().detail.find("rt1"), std::string::npos);
  }
}

TEST_F(Tokens, ALostServerDoesNotEndASignIn) {
  keep(0);
  // Free a moment ago: nobody listens there.
  source.oauth->token = HttpPeer(loop).url();
  const auto answer = token();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().state, SourceState::unreachable);
  EXPECT_FALSE(sealed().empty());
}

TEST_F(Tokens, AnotherKeyOpensNothing) {  // G3
  keep(3600);
  std::filesystem::remove(key_file());
  const auto answer = token();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().state, SourceState::sign_in_needed);
}

TEST_F(Tokens, WithoutARefreshTokenItEnds) {
  keep(0, "");
  EXPECT_EQ(token().error().state, SourceState::sign_in_needed);
  EXPECT_THAT(sealed(), IsEmpty());
}

TEST_F(Tokens, NothingIsStoredInClear) {  // G3
  keep(3600, "a-refresh-token-to-look-for");
  account.reset();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    EXPECT_EQ(text.find("a-refresh-token-to-look-for"), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace postern::engine
