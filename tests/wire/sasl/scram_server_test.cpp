#include "sync/wire/sasl/scram_server.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sync/wire/base64.h"

namespace postern::wire::sasl {
namespace {

using Proof = ScramServer::Verdict::Proof;

ScramKeys keys() {
  return make_scram_keys(ScramHash::sha_256, Secret("pencil"),
                         *base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
}

TEST(ScramServer, SaysWhatRfc7677Section3Says) {
  ScramServer server(ScramHash::sha_256, ScramForm::bare, {});
  EXPECT_EQ(server.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), "user");
  EXPECT_EQ(server.challenge(keys(), "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"),
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,"
            "i=4096");
  const auto verdict = server.finish(
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->proof, Proof::right);
  EXPECT_EQ(verdict->server_final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(ScramServer, SaysWithSha1WhatRfc5802Section5Says) {
  ScramServer server(ScramHash::sha_1, ScramForm::bare, {});
  EXPECT_EQ(server.first("n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"), "user");
  auto known =
      make_scram_keys(ScramHash::sha_1, Secret("pencil"), *base64_decode("QSXCR+Q6sek8bf92"), 4096);
  EXPECT_EQ(server.challenge(std::move(known), "3rfcNHYJY1ZVvWVs7j"),
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
  const auto verdict = server.finish(
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->proof, Proof::right);
  EXPECT_EQ(verdict->server_final, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=");
}

/// Both sides of ours.
std::optional<Proof> converse(ScramForm client_form, ScramForm server_form,
                              std::optional<ChannelBinding> clients,
                              std::vector<ChannelBinding> servers, const char* password) {
  Context context;
  context.nonce = "0123456789abcdef01";
  context.binding = std::move(clients);
  ScramClient client(ScramHash::sha_256, client_form, {"us,er=", Secret(password)}, context);
  ScramServer server(ScramHash::sha_256, server_form, std::move(servers));
  if (server.first(client.initial()->reveal()) != "us,er=") return std::nullopt;
  const auto answer = client.respond(server.challenge(keys(), "servernonce"));
  if (!answer) return std::nullopt;
  const auto verdict = server.finish(answer->reveal());
  if (!verdict) return std::nullopt;
  if (verdict->proof == Proof::right) {
    EXPECT_TRUE(client.respond(verdict->server_final).has_value());
    EXPECT_TRUE(client.finished());
  }
  return verdict->proof;
}

TEST(ScramServer, AgreesWithTheClient) {
  const ChannelBinding one{"tls-exporter", std::string("\x01\0\xff", 3)};
  const ChannelBinding other{"tls-exporter", "other"};
  EXPECT_EQ(converse(ScramForm::bare, ScramForm::bare, {}, {}, "pencil"), Proof::right);
  EXPECT_EQ(converse(ScramForm::bare, ScramForm::bare, {}, {}, "pen"), Proof::wrong);
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, one, {one}, "pencil"), Proof::right);
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, one, {one}, "pen"), Proof::wrong);
  // Somebody in between has another connection to each side.
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, one, {other}, "pencil"), std::nullopt);
  // The client could bind and thinks that the server cannot: RFC 5802 section 6.
  EXPECT_EQ(converse(ScramForm::bare, ScramForm::bare, one, {one}, "pencil"), std::nullopt);
  EXPECT_EQ(converse(ScramForm::bare, ScramForm::bare, one, {}, "pencil"), Proof::right);
}

TEST(ScramServer, LetsTheClientTakeItsBinding) {  // RFC 5929 section 4
  const ChannelBinding exporter{"tls-exporter", "e"};
  const ChannelBinding end_point{"tls-server-end-point", "c"};
  const ChannelBinding other_end{"tls-server-end-point", "d"};
  const ChannelBinding unique{"tls-unique", "e"};
  const std::vector<ChannelBinding> both{exporter, end_point};
  for (const ChannelBinding& each : both)
    EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, each, both, "pencil"), Proof::right);
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, other_end, both, "pencil"), std::nullopt);
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, unique, both, "pencil"), std::nullopt);
  EXPECT_EQ(converse(ScramForm::plus, ScramForm::plus, exporter, {}, "pencil"), std::nullopt);
}

TEST(ScramServer, RefusesWhatIsNoFirstMessage) {
  const std::vector<std::string> messages{
      "",
      "n",
      "n,,",
      "n,,n=user",
      "n,,r=nonce,n=user",
      "x,,n=user,r=nonce",
      "p=tls-exporter,,n=user,r=nonce",
      "n,,m=ext,n=user,r=nonce",
      "n,a=other,n=user,r=nonce",
      "n,,n=us=2Der,r=nonce",
      "n,,n=,r=nonce",
      "n,,n=user,r=",
      "n,,n=user,r=no nce",
      "n,,n=\xff,r=nonce",
      "n,,n=" + std::string(2000, 'u') + ",r=nonce",
  };
  for (const std::string& message : messages) {
    ScramServer server(ScramHash::sha_256, ScramForm::bare, {});
    EXPECT_EQ(server.first(message), std::nullopt) << message;
  }
  ScramServer server(ScramHash::sha_256, ScramForm::bare, {});
  EXPECT_EQ(server.first("n,a=user,n=user,r=nonce"), "user");
}

TEST(ScramServer, RefusesWhatIsNoFinalMessage) {
  const std::string right(44, 'A');
  const std::vector<std::string> messages{"",
                                          "c=biws",
                                          "c=biws,r=abSN",
                                          "c=biws,r=abSN,p=",
                                          "c=biws,r=abSN,p=AAAA",
                                          "c=eSws,r=abSN,p=" + right.substr(0, 43) + "=",
                                          "c=biws,r=other,p=" + right.substr(0, 43) + "=",
                                          "r=abSN,c=biws,p=" + right.substr(0, 43) + "="};
  for (const std::string& message : messages) {
    ScramServer server(ScramHash::sha_256, ScramForm::bare, {});
    ASSERT_TRUE(server.first("n,,n=user,r=ab").has_value());
    (void)server.challenge(keys(), "SN");
    EXPECT_EQ(server.finish(message).has_value(), false) << message;
  }
}

}  // namespace
}  // namespace postern::wire::sasl
