#include "proxy/access/sasl_server.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "proxy/access/device_password.h"
#include "sync/wire/base64.h"
#include "sync/wire/sasl/scram.h"
#include "tests/access/one_login.h"

namespace postern::access {
namespace {

using test::some_store;

using namespace std::chrono_literals;
using Kind = SaslServer::Step::Kind;
using wire::base64_decode;
using wire::base64_encode;
using wire::sasl::ScramHash;

constexpr ThrottleRules quick{.first_pause = 1ms, .longest_pause = 1ms, .most_failures = 3};
const Peer here{"127.0.0.1", true, false};
const Peer over_tls{"192.0.2.1", false, true};

asio::awaitable<void> ask(SaslServer& server, std::optional<std::string> response,
                          SaslServer::Step& step) {
  step = co_await server.respond(std::move(response));
}

class SaslServerTest : public testing::Test {
 protected:
  SaslServerTest() {
    directory.set("anna", Secret("open sesame"), {"anna", some_store(), [] {}, nullptr});
  }

  SaslServer::Step respond(SaslServer& server, std::optional<std::string> response) {
    asio::io_context io;
    SaslServer::Step step;
    asio::co_spawn(io, ask(server, std::move(response), step),
                   [](const std::exception_ptr& failed) {
                     if (failed) std::rethrow_exception(failed);
                   });
    io.run();
    return step;
  }

  std::unique_ptr<SaslServer> begin(std::string_view mechanism, const Peer& peer = here,
                                    std::vector<net::TlsBinding> bindings = {}) {
    return SaslServer::begin(mechanism, directory, peer, std::move(bindings));
  }

  /// A whole exchange of SCRAM: its last step. `between` happens once the password is proven.
  SaslServer::Step scram(
      const char* user, const char* password, const Peer& peer = here,
      const std::function<void()>& between = [] {}, ScramHash hash = ScramHash::sha_256) {
    const auto server = begin(hash == ScramHash::sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-1", peer);
    wire::sasl::Context context;
    context.nonce = "0123456789abcdef01";
    wire::sasl::ScramClient client(hash, wire::sasl::ScramForm::bare, {user, Secret(password)},
                                   context);
    return play(*server, client, between);
  }

  /// The same with one of the bindings that the connection has.
  SaslServer::Step scram_plus(const net::TlsBinding& taken, std::vector<net::TlsBinding> had,
                              ScramHash hash = ScramHash::sha_256) {
    const auto server =
        begin(hash == ScramHash::sha_256 ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-1-PLUS", over_tls,
              std::move(had));
    wire::sasl::Context context;
    context.nonce = "0123456789abcdef01";
    context.binding = wire::sasl::ChannelBinding{taken.type, taken.data};
    wire::sasl::ScramClient client(hash, wire::sasl::ScramForm::plus,
                                   {"anna", Secret("open sesame")}, context);
    return play(*server, client, [] {});
  }

  SaslServer::Step play(SaslServer& server, wire::sasl::ScramClient& client,
                        const std::function<void()>& between) {
    std::string response = base64_encode(client.initial()->reveal());
    SaslServer::Step step;
    for (int turn = 0; turn < 3; ++turn) {
      if (turn == 2) between();
      step = respond(server, response);
      if (step.kind != Kind::challenge) break;
      const auto next = client.respond(*base64_decode(step.challenge));
      if (!next) break;
      response = base64_encode(next->reveal());
    }
    return step;
  }

  Directory directory{quick};
};

TEST_F(SaslServerTest, OffersWhatTheConnectionBears) {
  using Names = std::vector<std::string_view>;
  EXPECT_EQ(SaslServer::offered(directory, {"192.0.2.1", false, false}, {}), Names{});
  EXPECT_EQ(SaslServer::offered(directory, here, {}),
            (Names{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"}));
  const std::vector<net::TlsBinding> bound{{"tls-exporter", "x"}};
  EXPECT_EQ(SaslServer::offered(directory, over_tls, bound),
            (Names{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1",
                   "PLAIN", "LOGIN"}));
  EXPECT_EQ(begin("GSSAPI"), nullptr);
  EXPECT_EQ(begin("SCRAM-SHA-256-PLUS"), nullptr);
  EXPECT_EQ(begin("PLAIN", {"192.0.2.1", false, false}), nullptr);
  EXPECT_NE(begin("plain"), nullptr);
}

TEST_F(SaslServerTest, ScramIsBoundInAnyWayThatTheConnectionHas) {
  const net::TlsBinding exporter{"tls-exporter", "x"};
  const net::TlsBinding end_point{"tls-server-end-point", "y"};
  const net::TlsBinding another{"tls-server-end-point", "z"};
  EXPECT_TRUE(scram_plus(exporter, {exporter, end_point}).outcome.has_value());
  EXPECT_TRUE(scram_plus(exporter, {exporter}, ScramHash::sha_1).outcome.has_value());
  EXPECT_FALSE(scram_plus(another, {end_point}, ScramHash::sha_1).outcome.has_value());
  EXPECT_TRUE(scram_plus(end_point, {exporter, end_point}).outcome.has_value());
  EXPECT_FALSE(scram_plus(another, {exporter, end_point}).outcome.has_value());
  EXPECT_FALSE(scram_plus(end_point, {exporter}).outcome.has_value());
}

TEST_F(SaslServerTest, PlainWithAndWithoutAFirstResponse) {
  const std::string right = base64_encode(std::string("\0anna\0open sesame", 17));
  EXPECT_TRUE(respond(*begin("PLAIN"), right).outcome.has_value());
  const auto server = begin("PLAIN");
  EXPECT_EQ(respond(*server, std::nullopt).kind, Kind::challenge);
  EXPECT_TRUE(respond(*server, right).outcome.has_value());
  EXPECT_EQ(respond(*begin("PLAIN"), "!!").kind, Kind::malformed);
  const auto other =
      respond(*begin("PLAIN"), base64_encode(std::string("ben\0anna\0open sesame", 20)));
  EXPECT_EQ(other.kind, Kind::done);
  EXPECT_FALSE(other.outcome.has_value());
}

TEST_F(SaslServerTest, LoginAsksTwice) {
  const auto server = begin("LOGIN");
  EXPECT_EQ(*base64_decode(respond(*server, std::nullopt).challenge), "Username:");
  EXPECT_EQ(*base64_decode(respond(*server, base64_encode("anna")).challenge), "Password:");
  EXPECT_TRUE(respond(*server, base64_encode("open sesame")).outcome.has_value());
  const auto short_one = begin("LOGIN");
  EXPECT_EQ(respond(*short_one, base64_encode("anna")).kind, Kind::challenge);
  EXPECT_FALSE(respond(*short_one, base64_encode("wrong")).outcome.has_value());
}

TEST_F(SaslServerTest, ScramOpensToWhoKnowsThePassword) {
  EXPECT_EQ(scram("anna", "open sesame").outcome->account, "anna");
  EXPECT_EQ(scram("anna", "wrong").outcome.error(), Refused::wrong);
}

TEST_F(SaslServerTest, ScramLooksTheSameForNobody) {  // B3
  const auto nobody = directory.scram_keys("otto", ScramHash::sha_256);
  EXPECT_EQ(nobody.salt, directory.scram_keys("otto", ScramHash::sha_256).salt);
  EXPECT_NE(nobody.salt, directory.scram_keys("karl", ScramHash::sha_256).salt);
  EXPECT_EQ(nobody.salt.size(), directory.scram_keys("anna", ScramHash::sha_256).salt.size());
  EXPECT_EQ(nobody.iterations, directory.scram_keys("anna", ScramHash::sha_256).iterations);
  EXPECT_EQ(scram("otto", "open sesame").outcome.error(), Refused::wrong);
}

TEST(DirectorySalts, OutliveARestartOfWhoIsThereAndOfWhoIsNot) {  // B3
  const auto salt = [](const char* key, const std::string& user) {
    Directory directory;
    directory.set_salt_key(Secret(key));
    directory.set("anna", Secret("open sesame"), {"anna", test::some_store(), [] {}, nullptr});
    return directory.scram_keys(user, ScramHash::sha_256).salt;
  };
  for (const char* user : {"anna", "otto", "anna/laptop"}) {
    EXPECT_EQ(salt("a key", user), salt("a key", user)) << user;
    EXPECT_NE(salt("a key", user), salt("another key", user)) << user;
  }
  EXPECT_NE(Directory().scram_keys("otto", ScramHash::sha_256).salt,
            Directory().scram_keys("otto", ScramHash::sha_256).salt)
      << "nobody can know a key that was not set";
}

TEST_F(SaslServerTest, ScramProvesNothingForAnotherPassword) {
  store::Device phone;
  phone.name = "phone";
  phone.keys = device_keys_of(Secret("k7qm-x2vd-9htn-4wpc"));
  directory.set_devices("anna", {phone});
  const auto exchange_password = [&] {
    phone.keys = device_keys_of(Secret("aaaa-bbbb-cccc-dddd"));
    directory.set_devices("anna", {phone});
  };
  EXPECT_EQ(scram("anna/phone", "k7qm-x2vd-9htn-4wpc", here, exchange_password).outcome.error(),
            Refused::wrong);
  const auto revoke = [&] { directory.set_devices("anna", {}); };
  EXPECT_EQ(scram("anna/phone", "aaaa-bbbb-cccc-dddd", here, revoke).outcome.error(),
            Refused::wrong);
}

TEST_F(SaslServerTest, DevicesLogInInEveryWay) {
  const Secret password("k7qm-x2vd-9htn-4wpc");
  store::Device phone;
  phone.name = "phone";
  phone.keys = device_keys_of(password);
  directory.set_devices("anna", {phone});
  EXPECT_EQ(scram("anna/phone", "k7qm-x2vd-9htn-4wpc").outcome->device, "phone");
  EXPECT_EQ(scram("anna/phone", "k7qm-x2vd-9htn-4wpd").outcome.error(), Refused::wrong);
  EXPECT_EQ(scram("anna/laptop", "k7qm-x2vd-9htn-4wpc").outcome.error(), Refused::wrong);
  EXPECT_EQ(scram("anna", "k7qm-x2vd-9htn-4wpc").outcome.error(), Refused::wrong);
  const std::string plain = base64_encode(std::string("\0anna/phone\0k7qmx2vd9htn4wpc", 28));
  EXPECT_EQ(respond(*begin("PLAIN"), plain).outcome->device, "phone");
  const auto prompts = begin("LOGIN");
  EXPECT_EQ(respond(*prompts, std::nullopt).kind, Kind::challenge);
  EXPECT_EQ(respond(*prompts, base64_encode("anna/phone")).kind, Kind::challenge);
  EXPECT_EQ(respond(*prompts, base64_encode("K7QM X2VD 9HTN 4WPC")).outcome->device, "phone");
  // SCRAM tells of a device that is not there what it tells of one that is.
  for (const ScramHash hash : {ScramHash::sha_1, ScramHash::sha_256}) {
    const auto here_keys = directory.scram_keys("anna/phone", hash);
    const auto nobody = directory.scram_keys("anna/laptop", hash);
    EXPECT_EQ(nobody.salt.size(), here_keys.salt.size());
    EXPECT_EQ(nobody.iterations, here_keys.iterations);
    EXPECT_EQ(nobody.stored_key.size(), here_keys.stored_key.size());
  }
}

TEST_F(SaslServerTest, ScramWithSha1ForAccountsAndDevices) {
  const auto sha_1 = [&](const char* user, const char* password) {
    return scram(user, password, here, [] {}, ScramHash::sha_1).outcome;
  };
  store::Device phone;
  phone.name = "phone";
  phone.keys = device_keys_of(Secret("k7qm-x2vd-9htn-4wpc"));
  store::Device old = phone;
  old.name = "old";
  old.keys.stored_key_sha_1.clear();
  old.keys.server_key_sha_1.clear();
  directory.set_devices("anna", {phone});
  EXPECT_TRUE(sha_1("anna", "open sesame").has_value());
  EXPECT_EQ(sha_1("anna", "open").error(), Refused::wrong);
  EXPECT_EQ(sha_1("anna/phone", "k7qm-x2vd-9htn-4wpc")->device, "phone");
  EXPECT_EQ(sha_1("anna/phone", "k7qm-x2vd-9htn-4wpd").error(), Refused::wrong);
  // An earlier release kept no keys for that: a program would take it and be refused.
  directory.set_devices("anna", {phone, old});
  EXPECT_EQ(begin("SCRAM-SHA-1"), nullptr);
  EXPECT_EQ(SaslServer::offered(directory, here, {}),
            (std::vector<std::string_view>{"SCRAM-SHA-256", "PLAIN", "LOGIN"}));
  EXPECT_EQ(scram("anna/old", "k7qm-x2vd-9htn-4wpc").outcome->device, "old");
}

/// What somebody shows over TLS who has the key of it.
Peer shows(const std::string& fingerprint, std::chrono::days left = std::chrono::days(1)) {
  Peer peer = over_tls;
  peer.certificate =
      net::ShownCertificate{fingerprint, {wall_now() - std::chrono::days(9), wall_now() + left}};
  return peer;
}

store::Device certified(const char* name, const char* fingerprint,
                        store::DeviceRights rights = store::DeviceRights::full) {
  store::Device device;
  device.id = DeviceId(9);
  device.name = name;
  device.rights = rights;
  device.certificate = {.fingerprint = fingerprint};
  return device;
}

class ExternalTest : public SaslServerTest {
 protected:
  ExternalTest() {
    directory.set("ben", Secret("open sesame"), {"ben", some_store(), [] {}, nullptr});
    directory.set_devices("anna", {certified("phone", "SHA256:aa", store::DeviceRights::read_only),
                                   certified("laptop", "SHA256:bb")});
  }
  std::expected<Login, Refused> external(const Peer& peer, const std::string& user = "") {
    const auto step = respond(*begin("EXTERNAL", peer), base64_encode(user));
    EXPECT_EQ(step.kind, Kind::done);
    return step.outcome;
  }
};

TEST_F(ExternalTest, IsOfferedToWhoShowsACertificateThatIsKnown) {
  const auto offers = [&](const Peer& peer) {
    return SaslServer::offered(directory, peer, {}).front() == "EXTERNAL";
  };
  EXPECT_TRUE(offers(shows("SHA256:aa")));
  EXPECT_FALSE(offers(shows("SHA256:cc")));
  EXPECT_FALSE(offers(shows("SHA256:aa", std::chrono::days(-1))));
  EXPECT_FALSE(offers(over_tls));
  EXPECT_TRUE(directory.knows_certificates());
  directory.set_devices("anna", {});
  EXPECT_FALSE(offers(shows("SHA256:aa")));
  EXPECT_FALSE(directory.knows_certificates());
  EXPECT_EQ(begin("EXTERNAL", over_tls), nullptr);
  EXPECT_EQ(begin("EXTERNAL", here), nullptr);
}

TEST_F(ExternalTest, LogsInAsTheDeviceWhoseCertificateItIs) {
  for (const char* user : {"", "anna", "anna/phone"}) {
    const auto outcome = external(shows("SHA256:aa"), user);
    ASSERT_TRUE(outcome.has_value()) << user;
    EXPECT_EQ(outcome->account, "anna");
    EXPECT_EQ(outcome->device, "phone");
    EXPECT_EQ(outcome->device_id, DeviceId(9));
    EXPECT_EQ(outcome->rights, store::DeviceRights::read_only);
  }
  const auto server = begin("external", shows("SHA256:bb"));
  EXPECT_EQ(respond(*server, std::nullopt).challenge, "");
  EXPECT_EQ(respond(*server, "").outcome->device, "laptop");
}

TEST_F(ExternalTest, EverythingElseIsWrong) {
  const std::pair<Peer, std::string> rows[] = {
      {shows("SHA256:cc"), ""},
      {shows("SHA256:aa"), "ben"},
      {shows("SHA256:aa"), "anna/laptop"},
      {shows("SHA256:aa"), "phone"},
      {shows("SHA256:aa"), "anna/"},
      {shows("SHA256:aa"), "ANNA"},
      {shows("SHA256:aa", std::chrono::days(-1)), ""},
  };
  for (Peer peer : {shows("SHA256:aa")}) EXPECT_TRUE(external(peer).has_value());
  for (auto [peer, user] : rows) {
    peer.address = "127.0.0.1";  // which is never turned away
    EXPECT_EQ(external(peer, user).error(), Refused::wrong) << user;
  }
  Peer not_yet = shows("SHA256:aa");
  not_yet.certificate->life = {wall_now() + std::chrono::days(1),
                               wall_now() + std::chrono::days(2)};
  EXPECT_EQ(external(not_yet).error(), Refused::wrong);
}

TEST_F(ExternalTest, WhatMakesNoSenseIsMalformed) {  // B9
  const std::string nul("anna\0", 5);
  for (const std::string& response :
       {std::string("!!"), base64_encode(nul), base64_encode("\xff\xfe"),
        base64_encode(std::string(256, 'a')), base64_encode(std::string(1 << 16, 'a'))}) {
    EXPECT_EQ(respond(*begin("EXTERNAL", shows("SHA256:aa")), response).kind, Kind::malformed);
  }
}

TEST_F(ExternalTest, ARevokedOrRenewedCertificateIsOver) {
  const auto server = begin("EXTERNAL", shows("SHA256:aa"));
  directory.set_devices("anna", {certified("phone", "SHA256:dd")});
  EXPECT_EQ(respond(*server, "").outcome.error(), Refused::wrong);
  EXPECT_EQ(external(shows("SHA256:dd"))->device, "phone");
}

/// As it can be after a backup was put back.
TEST_F(ExternalTest, OneThatTwoAccountsKnowNeedsAName) {
  directory.set_devices("ben", {certified("phone", "SHA256:aa")});
  EXPECT_FALSE(external(shows("SHA256:aa")).has_value());
  EXPECT_EQ(external(shows("SHA256:aa"), "ben")->account, "ben");
  EXPECT_EQ(external(shows("SHA256:aa"), "anna")->account, "anna");
}

TEST_F(ExternalTest, FailuresCountAsThoseOfPasswords) {  // B4
  for (int times = 0; times < 5; ++times)
    EXPECT_EQ(external(shows("SHA256:cc")).error(), Refused::wrong) << "the same counts once";
  EXPECT_TRUE(external(shows("SHA256:aa")).has_value());
  for (const char* other : {"SHA256:dd", "SHA256:ee"})
    EXPECT_EQ(external(shows(other)).error(), Refused::wrong);
  EXPECT_EQ(external(shows("SHA256:aa")).error(), Refused::throttled);
}

TEST_F(ExternalTest, NoPasswordFitsADeviceWithACertificate) {  // B3
  const auto plain = [&](const std::string& text) {
    return respond(*begin("PLAIN"), base64_encode(text)).outcome.error();
  };
  constexpr std::string_view message{"\0anna/phone\0k7qm-x2vd-9htn-4wpc", 31};
  EXPECT_EQ(plain(std::string(message)), Refused::wrong);
  EXPECT_EQ(scram("anna/phone", "").outcome.error(), Refused::wrong);
  const auto keys = directory.scram_keys("anna/phone", ScramHash::sha_256);
  const auto nobody = directory.scram_keys("anna/nobody", ScramHash::sha_256);
  EXPECT_EQ(keys.stored_key, nobody.stored_key);
  EXPECT_EQ(keys.salt.size(), nobody.salt.size());
}

TEST_F(SaslServerTest, WhoIsThrottledLearnsOfNoProof) {  // B4
  for (int i = 0; i < 3; ++i) (void)scram("anna", "wrong", over_tls);
  const auto right = scram("anna", "open sesame", over_tls);
  EXPECT_EQ(right.kind, Kind::done);
  EXPECT_EQ(right.outcome.error(), Refused::throttled);
  EXPECT_TRUE(scram("anna", "open sesame").outcome.has_value());
}

}  // namespace
}  // namespace postern::access
