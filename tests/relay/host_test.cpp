#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/base64.h"
#include "tests/relay/relay_fixture.h"

namespace postern::relay {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* password = "the provider's one";

/// A relay never looks into it.
std::shared_ptr<store::Account> some_store() {
  static char place = 0;
  return {std::shared_ptr<void>(), reinterpret_cast<store::Account*>(&place)};
}

class FakePurse final : public Purse {
 public:
  asio::awaitable<std::expected<upstream::Credential, Problem>> credential(
      std::string account, Freshness freshness) override {
    (void)account;
    if (tokens.empty()) co_return upstream::Credential(Secret(password));
    co_return upstream::Credential::token(
        Secret(freshness == Freshness::usual ? tokens.front() : tokens.back()));
  }

  std::vector<std::string> tokens;  ///< instead of the password: the usual one, the renewed one
};

/// A relay to an IMAP server that signs in for anna.
class RelayHost : public RelayTest {
 protected:
  RelayHost() {
    guests = {{"anna", "anna@example.net"}};
    purse = own;
    directory.set("anna", Secret("local"), {"anna", some_store(), [] {}, nullptr});
  }
  /// What the server does up to the login's command.
  static std::vector<Step> up_to_the_login() {
    return {make_tls(), say("* OK hi\r\n"), hear_line(), say("* CAPABILITY IMAP4rev1\r\ns1 OK\r\n"),
            hear_line()};
  }
  void refuses(std::string words) {
    steps = up_to_the_login();
    steps.push_back(say("s2 NO " + std::move(words) + "\r\n"));
  }

  std::shared_ptr<FakePurse> own = std::make_shared<FakePurse>();
};

TEST_F(RelayHost, SignsIn) {
  steps = up_to_the_login();
  steps.push_back(say("s2 OK in\r\n"));
  steps.push_back(hear_line());
  steps.push_back(say("b OK\r\n"));
  steps.push_back(end());
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb NOOP\r\n"));
  EXPECT_THAT(answer, HasSubstr("a OK Logged in\r\nb OK\r\n"));
  EXPECT_EQ(upstream->heard, "s1 CAPABILITY\r\ns2 LOGIN \"anna@example.net\" \"" +
                                 std::string(password) + "\"\r\nb NOOP\r\n");
}

TEST_F(RelayHost, APasswordThatTheServerRepeatsStaysHere) {
  refuses("[AUTHENTICATIONFAILED] not " + std::string(password));
  testing::internal::CaptureStderr();
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb LOGOUT\r\n"));
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(answer, HasSubstr("a NO [UNAVAILABLE] the provider refuses the login"));
  EXPECT_THAT(answer, Not(HasSubstr(password)));
  EXPECT_THAT(logged, HasSubstr("the provider refuses the login"));
  EXPECT_THAT(logged, Not(HasSubstr(password)));
}

TEST_F(RelayHost, AWithdrawnTokenIsRenewedOnce) {
  own->tokens = {"the old token", "the new token"};
  steps = {make_tls(),  say("* OK hi\r\n"),
           hear_line(), say("* CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2\r\ns1 OK\r\n"),
           hear_line(), say("+ \r\n"),
           hear_line(), say("s2 NO [AUTHENTICATIONFAILED] no\r\n")};
  run(Protocol::imap, config::Tls::implicit, blurt("a LOGIN anna local\r\nb LOGOUT\r\n"));
  EXPECT_EQ(upstream->connections, 2);
  const auto response = [&](const std::string& token) {
    return wire::base64_encode("user=anna@example.net\1auth=Bearer " + token + "\1\1");
  };
  // The plaintext of the fixture's server is what it heard before the last TLS.
  EXPECT_THAT(upstream->heard_plain, HasSubstr(response("the old token")));
  EXPECT_THAT(upstream->heard, HasSubstr(response("the new token")));
}

TEST_F(RelayHost, ARefusedSecretIsNotGivenAgainAndAgain) {
  refuses("[AUTHENTICATIONFAILED] no");
  run(Protocol::imap, config::Tls::implicit,
      blurt("a LOGIN anna local\r\nb LOGIN anna local\r\nc LOGIN anna local\r\n"
            "d LOGIN anna local\r\n"));
  EXPECT_EQ(upstream->connections, 1);
  EXPECT_THAT(answer, HasSubstr("c NO [UNAVAILABLE] the provider refuses the login"));
  EXPECT_THAT(answer, Not(HasSubstr("\r\nd ")));
}

}  // namespace
}  // namespace postern::relay
