#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/engine/source_task.h"
#include "sync/net/task_group.h"
#include "tests/engine/sync_fixture.h"
#include "tests/net/identity.h"

namespace postern::engine {
namespace {

using testing::HasSubstr;

/// A source over TLS whose server gets another certificate between two polls.
class RenewedCertificateTest : public SyncTest {
 protected:
  RenewedCertificateTest() : authority_(net::test::authority()) {}

  /// One by the same authority; its fingerprint.
  std::string renew() {
    net::CertificateText text = net::test::usual_text();
    text.addresses = {"127.0.0.1"};
    const net::Identity leaf = net::issue(text, &authority_);
    auto fresh = net::test::server_of(files_, leaf);
    if (tls_) {
      *tls_ = std::move(fresh);
    } else {
      tls_.emplace(std::move(fresh));
    }
    return net::fingerprint_of(*leaf.certificate);
  }
  void serve_tls() {
    stop_server();
    server = std::make_unique<test::HostilePop3>(loop.io.get_executor(), &*tls_,
                                                 test::HostilePop3::Start::tls);
    source.server.port = server->port();
    source.tls = config::Tls::implicit;
  }
  void trust_authority() {
    source.ca = files_.write("root.pem", net::certificate_pem(*authority_.certificate));
  }
  asio::awaitable<void> poll_twice();
  void run() {
    testing::internal::CaptureStderr();
    loop.run(poll_twice());
    log = testing::internal::GetCapturedStderr();
  }

  SourceStatus before;
  SourceStatus after;
  std::size_t logins_before = 0;
  std::string log;

 private:
  net::test::TemporaryFolder files_;
  net::Identity authority_;
  std::optional<net::TlsServer> tls_;
};

asio::awaitable<void> RenewedCertificateTest::poll_twice() {
  SourceSettings settings;
  settings.token_key = folder.path() / "token.key";
  SourceTask task(loop.io.get_executor(), "anna", source, account, settings);
  net::TaskGroup group(loop.io.get_executor(), "source");
  group.spawn("source", task.run());
  before = co_await task.poll_and_wait();
  logins_before = server->count("PASS");
  renew();
  arrive("new");
  after = co_await task.poll_and_wait();
  group.cancel();
  co_await group.join();
  loop.io.stop();
}

TEST_F(RenewedCertificateTest, A32IsTakenWithAGoodChain) {
  renew();
  trust_authority();
  serve_tls();
  fill(1);
  run();
  EXPECT_EQ(before.state, SourceState::idle) << before.detail;
  EXPECT_EQ(after.state, SourceState::idle) << after.detail;
  EXPECT_EQ(after.fetched, 2U);
  EXPECT_GT(server->count("PASS"), logins_before);
}

TEST_F(RenewedCertificateTest, A32IsRefusedAndLoggedWhereAnotherWasPinned) {
  source.pin = renew();
  trust_authority();
  serve_tls();
  fill(1);
  run();
  EXPECT_EQ(before.state, SourceState::idle) << before.detail;
  EXPECT_EQ(after.state, SourceState::bad_certificate) << after.detail;
  EXPECT_EQ(after.fetched, 1U);
  EXPECT_EQ(server->count("PASS"), logins_before);
  EXPECT_THAT(after.detail, HasSubstr("it is not the pinned one"));
  EXPECT_THAT(log, HasSubstr("it is not the pinned one"));
}

}  // namespace
}  // namespace postern::engine
