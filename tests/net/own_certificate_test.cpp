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
  EXPECT_EQ(mode_of(folder.path / "tls" / "authority.key"), 0600U);
}

TEST(OwnCertificate, the_leaf_is_renewed_and_the_authority_stays) {
  const TemporaryFolder folder;
  const auto now = wall_now();
  const auto files = own_certificate(folder.path / "tls", now).value();
  const auto authority_text = text_of(files.authority);
  const auto leaf_text = text_of(files.certificate);
  (void)own_certificate(folder.path / "tls", now + days(365)).value();
  EXPECT_EQ(text_of(files.certificate), leaf_text) << "31 days are left";
  (void)own_certificate(folder.path / "tls", now + days(367)).value();
  EXPECT_NE(text_of(files.certificate), leaf_text) << "29 days are left";
  EXPECT_EQ(text_of(files.authority), authority_text);
}

TEST(OwnCertificate, a_damaged_leaf_is_made_anew) {
  const TemporaryFolder folder;
  const auto files = own_certificate(folder.path / "tls").value();
  std::ofstream(files.certificate) << "not a certificate\n";
  (void)own_certificate(folder.path / "tls").value();
  EXPECT_TRUE(TlsServer::load(files.certificate, files.key).has_value());
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

TEST(OwnCertificate, a_client_that_trusts_the_authority_accepts_this_hosts_names) {
  const TemporaryFolder folder;
  const auto server = TlsServer::automatic(folder.path / "tls").value();
  std::array<char, 256> host{};
  ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
  const std::string name = host.data();
  const std::string label = name.substr(0, name.find('.'));
  for (const std::string& tried : {std::string("localhost"), std::string("127.0.0.1"),
                                   std::string("::1"), name, label + ".local"}) {
    const auto client = TlsClient::make({tried, folder.path / "tls" / "authority.pem", {}}).value();
    Loop loop;
    auto listener = loop.listen();
    loop.beside(serve_tls(listener, server));
    const auto end = ending(loop, speak_tls(listener.port(), client));
    EXPECT_FALSE(end.failed) << tried << ": " << end.text;
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
