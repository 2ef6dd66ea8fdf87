#include "proxy/daemon/certificate.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/net/certificate.h"
#include "sync/net/issue.h"
#include "tests/daemon/folder.h"

namespace postern::daemon::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using testing::HasSubstr;
using testing::IsEmpty;

/// A certificate in a world whose time and addresses are the test's.
class CertificateTest : public testing::Test {
 protected:
  CertificateTest() { config.state = folder.path / "state"; }

  void take() {
    auto choice = certificate.choose(config);
    ASSERT_TRUE(choice.has_value()) << choice.error().text();
    certificate.adopt(std::move(*choice));
  }
  /// A certificate of the operator's own that ends in so many days.
  void write_files(int days_left, const char* name = "mail.example.org") const {
    net::CertificateText text;
    text.common_name = name;
    text.names = {name};
    text.life = {now - days(30), now + days(days_left)};
    const net::Identity made = net::issue(text, nullptr);
    std::ofstream(files.certificate) << net::certificate_pem(*made.certificate);
    std::ofstream(files.key) << net::key_pem(*made.key);
  }
  [[nodiscard]] std::string names() const { return certificate.facts()->certificate.names; }
  [[nodiscard]] std::string problem() const { return certificate.facts()->problem; }

  TemporaryFolder folder;
  config::Config config;
  config::TlsFiles files{folder.path / "cert.pem", folder.path / "cert.key"};
  net::HostFacts host{"attic7", {"192.168.1.7"}};
  WallTime now = wall_now();
  Certificate certificate{{[this] { return host; }, [this] { return now; }}};
};

TEST_F(CertificateTest, is_nothing_before_it_is_chosen) {
  EXPECT_EQ(certificate.tls(), nullptr);
  EXPECT_FALSE(certificate.facts().has_value());
  certificate.refresh();
  EXPECT_EQ(certificate.tls(), nullptr);
}

TEST_F(CertificateTest, an_own_one_is_renewed_in_place) {
  take();
  const net::TlsServer* const tls = certificate.tls();
  const auto first = certificate.facts()->certificate;
  EXPECT_EQ(certificate.facts()->authority, config.state / "ca.pem");
  certificate.refresh();
  EXPECT_EQ(certificate.facts()->certificate.fingerprint, first.fingerprint);

  host.addresses = {"192.168.1.8"};
  certificate.refresh();
  EXPECT_THAT(names(), HasSubstr("192.168.1.8"));

  host.name = "cellar7";
  certificate.refresh();
  EXPECT_THAT(names(), HasSubstr("cellar7.local"));

  now += days(300);
  certificate.refresh();
  EXPECT_GT(certificate.facts()->certificate.life.end, first.life.end);
  EXPECT_THAT(problem(), IsEmpty());
  EXPECT_EQ(certificate.tls(), tls) << "faces keep the pointer";
}

TEST_F(CertificateTest, files_are_read_again) {
  write_files(60);
  config.tls = files;
  take();
  EXPECT_FALSE(certificate.facts()->authority.has_value());
  write_files(90, "other.example.org");
  certificate.refresh();
  EXPECT_THAT(names(), HasSubstr("other.example.org"));
  EXPECT_THAT(certificate.facts()->host_names, testing::ElementsAre("other.example.org"));
}

TEST_F(CertificateTest, tells_all_host_names_and_no_address) {
  host.name = "attic7";
  take();
  const auto own = certificate.facts()->host_names;
  EXPECT_THAT(own, testing::IsSupersetOf({"attic7.local", "localhost"}));
  EXPECT_THAT(own, testing::Not(testing::Contains("192.168.1.7")));
  net::CertificateText text;
  text.common_name = "mail.example.org";
  for (int i = 0; i < 12; ++i) text.names.push_back("n" + std::to_string(i) + ".example.org");
  text.life = {now - days(30), now + days(60)};
  const net::Identity made = net::issue(text, nullptr);
  std::ofstream(files.certificate) << net::certificate_pem(*made.certificate);
  std::ofstream(files.key) << net::key_pem(*made.key);
  config.tls = files;
  take();
  EXPECT_EQ(certificate.facts()->host_names, text.names);
}

TEST_F(CertificateTest, broken_files_leave_the_old_one_in_use) {  // A33
  write_files(60);
  config.tls = files;
  take();
  struct Row {
    const char* name;
    std::function<void()> damage;
    const char* words;
  };
  for (const Row& row : {
           Row{"gone", [&] { fs::remove(files.certificate); }, "holds no certificate"},
           Row{"no PEM", [&] { std::ofstream(files.certificate) << "hello\n"; },
               "holds no certificate"},
           Row{"another key",
               [&] {
                 write_files(60, "new.example.org");
                 const fs::path kept = folder.path / "kept.pem";
                 fs::rename(files.certificate, kept);
                 write_files(60, "new.example.org");
                 fs::rename(kept, files.certificate);
               },
               "holds no key for this certificate"},
           Row{"expired", [&] { write_files(-1, "old.example.org"); }, "expired on"},
       }) {
    row.damage();
    certificate.refresh();
    EXPECT_THAT(problem(), HasSubstr(row.words)) << row.name;
    EXPECT_THAT(names(), HasSubstr("mail.example.org")) << row.name;
    take();  // a reload
    EXPECT_THAT(problem(), HasSubstr(row.words)) << row.name;
    EXPECT_THAT(names(), HasSubstr("mail.example.org")) << row.name;
  }
  write_files(60, "new.example.org");
  certificate.refresh();
  EXPECT_THAT(problem(), IsEmpty());
  EXPECT_THAT(names(), HasSubstr("new.example.org"));
}

TEST_F(CertificateTest, files_that_are_named_first_must_be_good) {
  config.tls = files;
  EXPECT_FALSE(certificate.choose(config).has_value());
  config.tls.reset();
  take();
  config.tls = files;
  EXPECT_FALSE(certificate.choose(config).has_value()) << "the configuration before stays";
}

TEST_F(CertificateTest, at_a_start_an_expired_one_is_better_than_none) {
  write_files(-1);
  config.tls = files;
  take();
  EXPECT_NE(certificate.tls(), nullptr);
  EXPECT_THAT(problem(), HasSubstr("expired on"));
}

TEST_F(CertificateTest, one_that_runs_out_in_use_is_told) {
  write_files(60);
  config.tls = files;
  take();
  EXPECT_THAT(problem(), IsEmpty());
  now += days(61);
  certificate.refresh();
  EXPECT_THAT(problem(), HasSubstr("expired on"));
}

}  // namespace
}  // namespace postern::daemon::test
