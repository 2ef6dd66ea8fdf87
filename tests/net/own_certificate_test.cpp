#include "sync/net/own_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <iterator>

#include "sync/net/tls.h"
#include "tests/net/identity.h"

namespace postern::net::test {
namespace {

using std::chrono::days;

const HostFacts attic{"attic7", {"192.168.1.7"}};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

unsigned mode_of(const std::filesystem::path& file) {
  struct stat facts{};
  ::stat(file.c_str(), &facts);
  return facts.st_mode & 0777U;
}

TEST(OwnCertificate, is_made_once_and_kept) {
  const TemporaryFolder folder;
  const auto first = own_certificate(folder.path / "tls").value();
  const auto authority_text = text_of(first.authority);
  const auto leaf_text = text_of(first.certificate);
  const auto second = own_certificate(folder.path / "tls").value();
  EXPECT_EQ(text_of(second.authority), authority_text);
  EXPECT_EQ(text_of(second.certificate), leaf_text);
}

TEST(OwnCertificate, keys_are_private) {  // G1
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto files = own_certificate(folder.path / "tls").value();
  ::umask(before);
  EXPECT_EQ(mode_of(folder.path / "tls"), 0700U);
  EXPECT_EQ(mode_of(files.key), 0600U);
  EXPECT_EQ(mode_of(files.authority_key), 0600U);
  EXPECT_EQ(mode_of(files.authority), 0644U) << "this one is for everybody";
}

TEST(OwnCertificate, the_leaf_is_renewed_and_the_authority_stays) {
  const TemporaryFolder folder;
  const auto now = wall_now();
  const auto files = own_certificate(folder.path / "tls", attic, now).value();
  const auto authority_text = text_of(files.authority);
  const auto leaf_text = text_of(files.certificate);
  (void)own_certificate(folder.path / "tls", attic, now + days(263)).value();
  EXPECT_EQ(text_of(files.certificate), leaf_text) << "in the second third";
  (void)own_certificate(folder.path / "tls", attic, now + days(264)).value();
  EXPECT_NE(text_of(files.certificate), leaf_text) << "in the last third";
  EXPECT_EQ(text_of(files.authority), authority_text);
}

TEST(OwnCertificate, follows_the_hosts_names_and_addresses) {
  const TemporaryFolder folder;
  const auto files = own_certificate(folder.path, attic).value();
  const auto leaf = [&] { return TlsServer::load(files.certificate, files.key)->facts().names; };
  EXPECT_EQ(leaf(), "\"attic7\", \"attic7.local\", \"localhost\", 127.0.0.1, ::1, 192.168.1.7");
  const auto authority_text = text_of(files.authority);
  const auto leaf_text = text_of(files.certificate);

  const HostFacts fewer{"attic7", {}};
  (void)own_certificate(folder.path, fewer).value();
  EXPECT_EQ(text_of(files.certificate), leaf_text) << "one that is gone for a while harms nobody";

  const HostFacts moved{"attic7", {"192.168.1.8", "203.0.113.9"}};
  (void)own_certificate(folder.path, moved).value();
  EXPECT_EQ(leaf(), "\"attic7\", \"attic7.local\", \"localhost\", 127.0.0.1, ::1, 192.168.1.8");

  const HostFacts renamed{"cellar7", {"192.168.1.8"}};
  (void)own_certificate(folder.path, renamed).value();
  EXPECT_EQ(leaf(), "\"cellar7.local\", \"localhost\", 127.0.0.1, ::1, 192.168.1.8");
  EXPECT_EQ(text_of(files.authority), authority_text) << "devices go on trusting it";
}

TEST(OwnCertificate, an_authority_is_replaced_at_the_end_or_when_it_is_bound_to_nothing) {
  const TemporaryFolder folder;
  const auto now = wall_now();
  const auto files = own_certificate(folder.path, attic, now).value();
  const auto text = text_of(files.authority);
  (void)own_certificate(folder.path, attic, now + days(3619)).value();
  EXPECT_EQ(text_of(files.authority), text);
  EXPECT_LE(TlsServer::load(files.certificate, files.key)->facts().life.end, now + days(3650));
  (void)own_certificate(folder.path, attic, now + days(3621)).value();
  EXPECT_NE(text_of(files.authority), text);

  const Identity free = authority();
  std::ofstream(files.authority) << certificate_pem(*free.certificate);
  std::ofstream(files.authority_key) << key_pem(*free.key);
  (void)own_certificate(folder.path, attic, now).value();
  EXPECT_NE(text_of(files.authority), certificate_pem(*free.certificate));
}

TEST(OwnCertificate, a_damaged_leaf_is_made_anew) {
  const TemporaryFolder folder;
  const auto files = own_certificate(folder.path / "tls").value();
  std::ofstream(files.certificate) << "not a certificate\n";
  (void)own_certificate(folder.path / "tls").value();
  EXPECT_TRUE(TlsServer::load(files.certificate, files.key).has_value());
}

TEST(OwnCertificate, an_authority_that_cannot_be_opened_stays) {
  const TemporaryFolder folder;
  const auto files = own_certificate(folder.path).value();
  const auto text = text_of(files.authority);
  std::filesystem::remove(files.authority_key);
  std::filesystem::create_symlink(files.authority_key, files.authority_key);
  const auto again = own_certificate(folder.path);
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().what, testing::HasSubstr("ca.key"));
  EXPECT_EQ(text_of(files.authority), text);
}

TEST(OwnCertificate, a_folder_that_cannot_be_made_is_a_problem) {
  const auto files = own_certificate("/proc/postern/tls");
  ASSERT_FALSE(files.has_value());
  EXPECT_THAT(files.error().what, testing::HasSubstr("/proc/postern/tls"));
  EXPECT_FALSE(files.error().advice.empty());
}

asio::awaitable<void> serve_tls(Listener& listener, const TlsServer& tls) {
  auto stream = co_await listener.accept();
  co_await stream.start_tls(tls, ample);
  (void)co_await read_exactly(stream, 1);
}

asio::awaitable<void> speak_tls(std::uint16_t port, const TlsClient& tls) {
  auto stream = co_await connect(port);
  co_await stream.start_tls(tls, ample);
}

TEST(OwnCertificate, is_for_this_hosts_names) {
  const TemporaryFolder folder;
  const auto server = TlsServer::automatic(folder.path / "tls").value();
  const HostFacts host = host_facts();
  auto all = server_names(host, own_scope(host.name));
  std::ranges::move(all.addresses, std::back_inserter(all.names));
  ASSERT_THAT(all.names, testing::IsSupersetOf({"localhost", "127.0.0.1", "::1"}));
  for (const std::string& tried : all.names) {
    // The chain is verified by other programs: BoringSSL knows no constraints for addresses.
    const auto client = TlsClient::make({tried, {}, server.facts().fingerprint}).value();
    Loop loop;
    auto listener = loop.listen();
    loop.beside(serve_tls(listener, server));
    const auto end = ending(loop, speak_tls(listener.port(), client));
    EXPECT_FALSE(end.failed) << tried << ": " << end.text;
  }
}

TEST(OwnCertificate, the_authority_vouches_for_nothing_else) {
  CertificateText root_text = usual_text();
  root_text.role = CertificateText::Role::authority;
  root_text.scope = own_scope("attic7.example.org");
  root_text.scope->networks.clear();
  const Identity root = issue(root_text, nullptr);
  struct Row {
    const char* host;
    bool good;
  };
  for (const Row& row : {
           Row{"attic7.example.org", true},
           Row{"attic7.local", true},
           Row{"localhost", true},
           Row{"example.org", false},
           Row{"pop.example.net", false},
           Row{"notlocal", false},
       }) {
    const TemporaryFolder folder;
    CertificateText text = usual_text();
    text.names = {row.host};
    const auto server = server_of(folder, issue(text, &root));
    const auto ca = folder.write("root.pem", certificate_pem(*root.certificate));
    const auto client = TlsClient::make({row.host, ca, {}}).value();
    Loop loop;
    auto listener = loop.listen();
    loop.beside(serve_tls(listener, server));
    const auto end = ending(loop, speak_tls(listener.port(), client));
    EXPECT_EQ(end.failed, !row.good) << row.host << ": " << end.text;
    if (!row.good) {
      EXPECT_EQ(end.kind, ErrorKind::certificate) << row.host;
    }
  }
}

TEST(TlsServer, files_that_do_not_fit_are_refused) {  // A33
  const TemporaryFolder folder;
  const Identity one = issue(usual_text(), nullptr);
  const Identity two = issue(usual_text(), nullptr);
  const auto certificate = folder.write("one.pem", certificate_pem(*one.certificate));
  const auto key = folder.write("one.key", key_pem(*one.key));
  const auto other_key = folder.write("two.key", key_pem(*two.key));
  EXPECT_TRUE(TlsServer::load(certificate, key).has_value());
  for (const auto& [c, k] :
       {std::pair{certificate, other_key}, std::pair{key, key}, std::pair{certificate, certificate},
        std::pair{folder.path / "none", key}}) {
    const auto server = TlsServer::load(c, k);
    ASSERT_FALSE(server.has_value()) << c << " " << k;
    EXPECT_FALSE(server.error().advice.empty());
  }
}

}  // namespace
}  // namespace postern::net::test
