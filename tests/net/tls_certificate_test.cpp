#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/net/identity.h"

namespace postern::net::test {
namespace {

using std::chrono::days;

enum class Trusted { authority, nobody, pin, other_pin };
enum class Signed { by_authority, by_itself };

struct Row {
  const char* name;
  std::function<void(CertificateText&)> change;
  Signed signature;
  std::string host;
  Trusted trusted;
  const char* refusal;  ///< part of the text; nullptr: accepted
};

void as_it_is(CertificateText&) {}

std::function<void(CertificateText&)> named(std::vector<std::string> names) {
  return [names](CertificateText& text) { text.names = names; };
}

const std::vector<Row>& rows() {
  const auto expired = [](CertificateText& text) { text.life.end = wall_now() - days(1); };
  const auto future = [](CertificateText& text) { text.life.begin = wall_now() + days(1); };
  const auto address = [](CertificateText& text) { text.addresses = {"127.0.0.1"}; };
  const auto address_as_name = [](CertificateText& text) {
    text.common_name = "127.0.0.1";
    text.names = {"127.0.0.1"};
  };
  using enum Trusted;
  using enum Signed;
  static const std::string nul("pop.example.net\0.evil.example", 29);
  static const std::vector<Row> all = {
      {"valid", as_it_is, by_authority, "pop.example.net", authority, nullptr},
      {"root dot", as_it_is, by_authority, "pop.example.net.", authority, nullptr},
      {"A20: wrong host name", named({"mail.example.net"}), by_authority, "pop.example.net",
       authority, "for other names: \"mail.example.net\""},
      {"A21: expired", expired, by_authority, "pop.example.net", authority, "expired on"},
      {"A22: not yet valid", future, by_authority, "pop.example.net", authority,
       "not valid before"},
      {"A23: unknown authority", as_it_is, by_authority, "pop.example.net", nobody,
       "issuer is not trusted"},
      {"A24: self-signed", as_it_is, by_itself, "pop.example.net", nobody, "signed by itself"},
      {"A24: self-signed, pinned", as_it_is, by_itself, "pop.example.net", pin, nullptr},
      {"A24: same name, other certificate", as_it_is, by_itself, "pop.example.net", other_pin,
       "not the pinned one, its fingerprint is SHA256:"},
      {"A24: expired but pinned", expired, by_itself, "pop.example.net", pin, nullptr},
      {"A25: common name only", named({}), by_authority, "pop.example.net", authority,
       "for other names: none"},
      {"A26: NUL in a name", named({nul}), by_authority, "pop.example.net", authority,
       "certificate"},
      {"A27: star", named({"*"}), by_authority, "localhost", authority, "for other names"},
      {"A27: star of a top-level domain", named({"*.net"}), by_authority, "example.net", authority,
       "for other names"},
      {"A27: star of one label is fine", named({"*.example.net"}), by_authority, "pop.example.net",
       authority, nullptr},
      {"A27: star spans one label only", named({"*.example.net"}), by_authority,
       "a.pop.example.net", authority, "for other names"},
      {"A28: address", address, by_authority, "127.0.0.1", authority, nullptr},
      {"A28: address as dNSName", address_as_name, by_authority, "127.0.0.1", authority,
       "for other names"},
      {"A28: other address", address, by_authority, "127.0.0.2", authority, "for other names"},
      {"A29: valid chain, other pin", as_it_is, by_authority, "pop.example.net", other_pin,
       "not the pinned one"},
      {"A29: a pin adds no name", named({"mail.example.net"}), by_authority, "pop.example.net", pin,
       "for other names"},
  };
  return all;
}

asio::awaitable<void> serve_tls(Listener& listener, const TlsServer& tls, std::string& received) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  received = co_await read_exactly(stream, 1);
  co_await stream.shutdown();
}

asio::awaitable<void> speak_tls(std::uint16_t port, const TlsClient& tls) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
  co_await stream.write("x", ample);
  co_await stream.shutdown();
}

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class Certificates : public testing::TestWithParam<Row> {};

TEST_P(Certificates, is_judged) {
  const Row& row = GetParam();
  const TemporaryFolder folder;
  const Identity root = authority();
  CertificateText text = usual_text();
  row.change(text);
  const Identity leaf = issue(text, row.signature == Signed::by_authority ? &root : nullptr);
  const Identity other = issue(text, nullptr);

  TlsTrust trust{row.host, {}, {}};
  if (row.trusted == Trusted::authority) {
    trust.ca = folder.write("root.pem", certificate_pem(*root.certificate));
  } else if (row.trusted == Trusted::pin) {
    trust.pin = fingerprint_of(*leaf.certificate);
  } else if (row.trusted == Trusted::other_pin) {
    trust.pin = fingerprint_of(*other.certificate);
  }
  const auto server = server_of(folder, leaf);
  const auto client = TlsClient::make(trust).value();
  Loop loop;
  auto listener = loop.listen();
  std::string received;
  loop.beside(serve_tls(listener, server, received));
  const auto end = ending(loop, speak_tls(listener.port(), client));

  if (row.refusal == nullptr) {
    EXPECT_FALSE(end.failed) << end.text;
    EXPECT_EQ(received, "x");
  } else {
    EXPECT_EQ(end.kind, ErrorKind::certificate) << end.text;
    EXPECT_THAT(end.text, testing::HasSubstr(row.refusal));
    // Who was seen: the way to recognise a company's proxy or a virus scanner.
    EXPECT_THAT(end.text, testing::HasSubstr("issued by"));
    EXPECT_EQ(received, "") << "not one octet of ours was sent";
  }
}

std::string row_name(const testing::TestParamInfo<Row>& info) {
  std::string out = info.param.name;
  for (char& c : out) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Tls, Certificates, testing::ValuesIn(rows()), row_name);

TEST(TlsTrust, a_pin_that_is_none_is_refused) {
  const std::string digits(64, 'a');
  for (const std::string& pin :
       {std::string(), digits, "SHA1:" + digits, "SHA256:" + digits + "a",
        "SHA256:" + digits.substr(1), "SHA256:" + digits.substr(1) + "g"}) {
    const auto client = TlsClient::make({"pop.example.net", {}, pin});
    ASSERT_FALSE(client.has_value()) << pin;
    EXPECT_FALSE(client.error().advice.empty());
  }
  std::string colons = "SHA256:AA";
  for (int i = 1; i < 32; ++i) colons += ":AA";
  EXPECT_TRUE(TlsClient::make({"pop.example.net", {}, colons}).has_value())
      << "as openssl prints it";
}

TEST(TlsTrust, a_file_without_certificates_is_refused) {
  const TemporaryFolder folder;
  const auto client =
      TlsClient::make({"pop.example.net", folder.write("ca.pem", "not a certificate\n"), {}});
  ASSERT_FALSE(client.has_value());
  EXPECT_THAT(client.error().what, testing::HasSubstr("ca.pem"));
}

}  // namespace
}  // namespace postern::net::test
