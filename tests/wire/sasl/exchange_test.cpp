#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/wire/base64.h"
#include "sync/wire/sasl/choose.h"
#include "sync/wire/sasl/client.h"
#include "sync/wire/sasl/password.h"
#include "sync/wire/sasl/saslprep.h"

namespace postern::wire::sasl {
namespace {

using namespace std::string_literals;

/// One exchange as the RFC prints it: what we send first, then challenge and answer in turn.
struct Dialogue {
  std::string name;
  Mechanism mechanism;
  std::string user;
  std::string secret;
  std::string nonce;
  std::optional<std::string> initial;
  std::vector<std::pair<std::string, std::string>> turns;
};

std::vector<Dialogue> dialogues() {
  return {
      {"RFC 5802 section 5",
       Mechanism::scram_sha_1,
       "user",
       "pencil",
       "fyko+d2lbbFgONRv9qkxdawL",
       "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
       {{"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
         "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="},
        {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", ""}}},
      {"RFC 7677 section 3",
       Mechanism::scram_sha_256,
       "user",
       "pencil",
       "rOprNGfwEbeRWgbNEkqO",
       "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
       {{"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
         "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
         "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="},
        {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", ""}}},
      {"RFC 2195 section 2",
       Mechanism::cram_md5,
       "tim",
       "tanstaaftanstaaf",
       "",
       std::nullopt,
       {{"<1896.697170952@postoffice.reston.mci.net>", "tim b913a602c7eda7a495b4e6e7334d3890"}}},
      {"RFC 4616 section 4",
       Mechanism::plain,
       "tim",
       "tanstaaftanstaaf",
       "",
       "\0tim\0tanstaaftanstaaf"s,
       {}},
      {"LOGIN asks twice",
       Mechanism::login,
       "tim",
       "secret words",
       "",
       std::nullopt,
       {{"Username:", "tim"}, {"Password:", "secret words"}}},
      {"RFC 7628 section 4.1",
       Mechanism::oauthbearer,
       "user@example.com",
       "vF9dft4qmTc2Nvb3",
       "",
       "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
       "auth=Bearer vF9dft4qmTc2Nvb3\x01\x01",
       {}},
      {"XOAUTH2",
       Mechanism::xoauth2,
       "user@example.com",
       "ya29.token",
       "",
       "user=user@example.com\x01"
       "auth=Bearer ya29.token\x01\x01",
       {}},
  };
}

Context context_with(const std::string& nonce) {
  return {"server.example.com", 143, nonce, {}};
}

TEST(SaslExchange, SaysWhatTheRfcsPrint) {
  for (const Dialogue& row : dialogues()) {
    SCOPED_TRACE(row.name);
    const auto client =
        make_client(row.mechanism, {row.user, Secret(row.secret)}, context_with(row.nonce));
    const auto initial = client->initial();
    ASSERT_EQ(initial.has_value(), row.initial.has_value());
    if (initial) {
      EXPECT_EQ(initial->reveal(), *row.initial);
    }
    for (const auto& [challenge, answer] : row.turns) {
      const Response response = client->respond(challenge);
      ASSERT_TRUE(response.has_value()) << response.error().text();
      EXPECT_EQ(response->reveal(), answer);
    }
    EXPECT_TRUE(client->finished());
  }
}

struct Refusal {
  std::string name;
  std::string server_first;
  std::string server_final;
};

TEST(SaslExchange, ScramRefusesAServerThatDoesNotProveItself) {
  const std::string first =
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const std::vector<Refusal> rows = {
      {"nonce is not ours", "r=other%hvYDpWUa2RaTCAfuxFIlj,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", ""},
      {"nonce adds nothing", "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", ""},
      {"mandatory extension", "m=x," + first, ""},
      {"no salt", "r=rOprNGfwEbeRWgbNEkqOabc,s=,i=4096", ""},
      {"no iterations", "r=rOprNGfwEbeRWgbNEkqOabc,s=W22Z,i=0", ""},
      {"iterations without end", "r=rOprNGfwEbeRWgbNEkqOabc,s=W22Z,i=4000000000", ""},
      {"empty", "", ""},
      {"wrong signature", first, "v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
      {"signature cut", first, "v=6rriTRBi23WpRR/wtup+"},
      {"neither", first, "x=y"},
  };
  for (const Refusal& row : rows) {
    SCOPED_TRACE(row.name);
    const auto client = make_client(Mechanism::scram_sha_256, {"user", Secret("pencil")},
                                    context_with("rOprNGfwEbeRWgbNEkqO"));
    (void)client->initial();
    Response response = client->respond(row.server_first);
    if (!row.server_final.empty()) {
      ASSERT_TRUE(response.has_value());
      response = client->respond(row.server_final);
    }
    EXPECT_FALSE(response.has_value());
    EXPECT_FALSE(client->finished());
  }
}

TEST(SaslExchange, ScramTellsWhatTheServerDenies) {  // RFC 5802 section 7
  struct Row {
    const char* error;
    Denial expected;
  };
  const Row rows[] = {
      {"e=invalid-proof", Denial::credentials},
      {"e=unknown-user", Denial::credentials},
      {"e=something-new", Denial::credentials},
      {"e=channel-bindings-dont-match", Denial::method},
      {"e=unsupported-channel-binding-type", Denial::method},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.error);
    const auto client =
        make_client(Mechanism::scram_sha_256, {"user", Secret("pencil")}, context_with("nonce"));
    (void)client->initial();
    ASSERT_TRUE(client->respond("r=nonce1,s=W22Z,i=1"));
    const Response response = client->respond(row.error);
    ASSERT_TRUE(response);
    EXPECT_TRUE(response->empty());
    EXPECT_FALSE(client->finished());
    EXPECT_EQ(client->denial(), row.expected);
    EXPECT_FALSE(client->respond("v=AAAA")) << "no success behind a refusal";
    EXPECT_FALSE(client->finished());
  }
}

TEST(SaslExchange, ScramPlusBindsToTheChannel) {
  Context context = context_with("nonce");
  context.binding = ChannelBinding{"tls-exporter", "bound"};
  const auto plus = make_client(Mechanism::scram_sha_256_plus, {"user", Secret("pencil")}, context);
  EXPECT_EQ(plus->initial()->reveal(), "p=tls-exporter,,n=user,r=nonce");
  const Response proof = plus->respond("r=nonce1,s=W22Z,i=1");
  ASSERT_TRUE(proof.has_value());
  EXPECT_THAT(proof->reveal(),
              testing::StartsWith("c=" + base64_encode("p=tls-exporter,,bound") + ",r=nonce1,p="));
  const auto bare = make_client(Mechanism::scram_sha_256, {"user", Secret("pencil")}, context);
  EXPECT_EQ(bare->initial()->reveal(), "y,,n=user,r=nonce");
}

TEST(SaslExchange, BearerAnswersTheErrorSoThatTheServerCanRefuse) {
  const auto xoauth2 = make_client(Mechanism::xoauth2, {"u", Secret("t")}, context_with(""));
  (void)xoauth2->initial();
  EXPECT_EQ(xoauth2->respond("{\"status\":\"401\"}")->reveal(), "");
  EXPECT_FALSE(xoauth2->finished());
  const auto bearer = make_client(Mechanism::oauthbearer, {"u", Secret("t")}, context_with(""));
  (void)bearer->initial();
  EXPECT_EQ(bearer->respond("{\"status\":\"invalid_token\"}")->reveal(), "\x01");
}

TEST(SaslExchange, CramChallengeThatIsNoMessageIdIsRefused) {
  const auto client = make_client(Mechanism::cram_md5, {"u", Secret("p")}, context_with(""));
  EXPECT_FALSE(client->respond("chosen by an attacker").has_value());
}

TEST(SaslExchange, UserNamesEscapeWhatScramGivesAMeaning) {
  const auto client =
      make_client(Mechanism::scram_sha_1, {"a=b,c", Secret("p")}, context_with("N"));
  EXPECT_EQ(client->initial()->reveal(), "n,,n=a=3Db=2Cc,r=N");
}

TEST(Apop, DigestOfRfc1939Section7) {
  EXPECT_EQ(apop_digest("<1896.697170952@dbc.mtview.ca.us>", Secret("tanstaaf")),
            "c4c9334bac560ecc979e58001b3e22fb");
}

TEST(Saslprep, MapsAsRfc4013Section3Shows) {
  EXPECT_EQ(saslprep("I\u00ADX"), "IX");
  EXPECT_EQ(saslprep("user"), "user");
  EXPECT_EQ(saslprep("USER"), "USER");
  EXPECT_EQ(saslprep("\u00AA"), "a");
  EXPECT_EQ(saslprep("\u2168"), "IX");
  EXPECT_EQ(saslprep("\u0007\u00e9"), "\u0007\u00e9") << "prohibited: left alone";
}

TEST(Choose, TakesTheStrongestThatFits) {
  using enum Mechanism;
  const std::vector<Mechanism> all = {login,    plain,       xoauth2,
                                      cram_md5, scram_sha_1, scram_sha_256_plus};
  EXPECT_EQ(choose(all, SecretKind::password, Binding::possible), scram_sha_256_plus);
  EXPECT_EQ(choose(all, SecretKind::password, Binding::none), scram_sha_1);
  EXPECT_EQ(choose(all, SecretKind::token, Binding::possible), xoauth2);
  EXPECT_EQ(choose(std::vector{login, plain}, SecretKind::password, Binding::none), plain);
  EXPECT_EQ(choose(std::vector{plain}, SecretKind::token, Binding::none), std::nullopt);
}

TEST(Mechanism, NamesRoundTripInAnyCase) {
  EXPECT_EQ(find_mechanism("scram-sha-256-plus"), Mechanism::scram_sha_256_plus);
  EXPECT_EQ(name(Mechanism::cram_md5), "CRAM-MD5");
  EXPECT_EQ(find_mechanism("SCRAM-SHA-25"), std::nullopt);
  EXPECT_EQ(find_mechanism("GSSAPI"), std::nullopt);
}

}  // namespace
}  // namespace postern::wire::sasl
