// Records are read several at once; what comes behind them is neither lost nor told too early.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <asio/error.hpp>
#include <asio/ssl/error.hpp>

#include "sync/net/tls_layer.h"
#include "tests/net/identity.h"

namespace postern::net {
namespace {

using Step = TlsLayer::Step;
using Wants = TlsLayer::Wants;

/// Two ends of a connection in one thread, behind their handshake.
class TlsLayerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    sockets = ends;
    const Identity authority = test::authority();
    const Identity identity = issue(test::usual_text(), &authority);
    server_context_.reset(SSL_CTX_new(TLS_method()));
    SSL_CTX_use_certificate(server_context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(server_context_.get(), identity.key.get());
    client_context_.reset(SSL_CTX_new(TLS_method()));
    writer.emplace(sockets[0], session(server_context_), TlsLayer::Role::server);
    reader.emplace(sockets[1], session(client_context_), TlsLayer::Role::client);
    for (bool done = false; !done;) {
      const Step client = reader->handshake();
      const Step server = writer->handshake();
      ASSERT_FALSE(client.error) << client.error.message();
      ASSERT_FALSE(server.error) << server.error.message();
      done = client.wants == Wants::nothing && server.wants == Wants::nothing;
    }
  }
  void TearDown() override {
    reader.reset();
    writer.reset();
    for (const int socket : sockets) ::close(socket);
  }

  void write(std::string_view octets) {
    while (!octets.empty()) {
      const Step step = writer->write(octets);
      ASSERT_EQ(step.wants, Wants::nothing);
      ASSERT_FALSE(step.error);
      octets.remove_prefix(step.octets);
    }
  }
  /// One step, at most `most` octets, which go behind `got`.
  Step read(std::size_t most, std::string& got) {
    std::string room(most, '\0');
    const Step step = reader->read(room);
    EXPECT_LE(step.octets, most);
    got += room.substr(0, step.octets);
    return step;
  }
  /// All that has come, and the step that brought nothing.
  Step read_all(std::size_t most, std::string& got) {
    Step step = read(most, got);
    while (step.octets != 0) step = read(most, got);
    return step;
  }
  [[nodiscard]] std::string noise(std::size_t octets) {
    std::string out(octets, '\0');
    for (char& octet : out) octet = static_cast<char>(random());
    return out;
  }

  std::array<int, 2> sockets{};
  std::optional<TlsLayer> writer;
  std::optional<TlsLayer> reader;
  std::mt19937 random{1};

 private:
  static bssl::UniquePtr<SSL> session(const bssl::UniquePtr<SSL_CTX>& context) {
    return bssl::UniquePtr<SSL>(SSL_new(context.get()));
  }
  bssl::UniquePtr<SSL_CTX> server_context_;
  bssl::UniquePtr<SSL_CTX> client_context_;
};

TEST_F(TlsLayerTest, ReadsAllRecordsOfOneArrivalAtOnce) {
  std::string sent;
  for (int i = 0; i < 10; ++i) {
    const std::string record = noise(4096);
    write(record);
    sent += record;
  }
  std::string got;
  EXPECT_EQ(read(128UL * 1024, got).octets, sent.size());
  EXPECT_EQ(got, sent);
  EXPECT_EQ(read(1, got).wants, Wants::reading);
}

TEST_F(TlsLayerTest, LosesNothingWhateverRoomItsReaderHas) {
  for (const std::size_t room : {1UL, 7UL, 1000UL, 4096UL, 16'384UL, 70'000UL, 300'000UL}) {
    std::string sent;
    std::string got;
    for (int round = 0; round < 40; ++round) {
      const std::string record = noise(1 + random() % (room < 10 ? 40 : 9000));
      write(record);
      sent += record;
      if (random() % 3 == 0) (void)read(room, got);
    }
    EXPECT_EQ(read_all(room, got).wants, Wants::reading);
    EXPECT_TRUE(got == sent) << room;
  }
}

/// The socket gives a record in any pieces.
TEST_F(TlsLayerTest, WaitsForTheRestOfARecord) {
  std::array<int, 2> line{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, line.data()), 0);
  write("first, ");
  write("second and ");
  write(noise(100) + "third");
  std::string records(4096, '\0');
  const ssize_t size = ::recv(sockets[1], records.data(), records.size(), 0);
  ASSERT_GT(size, 0);
  ASSERT_EQ(::dup2(line[1], sockets[1]), sockets[1]);
  std::string got;
  for (const char octet : records.substr(0, static_cast<std::size_t>(size))) {
    EXPECT_EQ(read_all(5000, got).wants, Wants::reading);
    ASSERT_EQ(::send(line[0], &octet, 1, 0), 1);
  }
  EXPECT_EQ(read_all(5000, got).wants, Wants::reading);
  EXPECT_TRUE(got.starts_with("first, second and "));
  EXPECT_TRUE(got.ends_with("third"));
  for (const int socket : line) ::close(socket);
}

TEST_F(TlsLayerTest, TellsTheEndBehindTheLastOctets) {
  for (const std::size_t room : {3UL, 100'000UL}) {
    TearDown();
    SetUp();
    write("some ");
    write("octets");
    (void)writer->end();
    std::string got;
    EXPECT_EQ(read_all(room, got).error, asio::error::eof);
    EXPECT_EQ(got, "some octets");
    EXPECT_EQ(read(room, got).error, asio::error::eof);
  }
}

TEST_F(TlsLayerTest, TellsThatItWasCutBehindTheLastOctets) {
  write("some octets");
  ::shutdown(sockets[0], SHUT_WR);
  std::string got;
  EXPECT_EQ(read_all(100'000, got).error, asio::ssl::error::stream_truncated);
  EXPECT_EQ(got, "some octets");
}

/// What was forged is told, and so is that it was, however often one reads.
TEST_F(TlsLayerTest, TellsOfAForgedRecordBehindTheGoodOnes) {
  for (const std::size_t room : {3UL, 100'000UL}) {
    TearDown();
    SetUp();
    write("some ");
    write("octets");
    const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + noise(32);
    ASSERT_EQ(::send(sockets[0], forged.data(), forged.size(), 0), 37);
    write("never seen");
    std::string got;
    const Step step = read_all(room, got);
    EXPECT_EQ(got, "some octets");
    EXPECT_EQ(step.error.category(), asio::error::get_ssl_category());
    EXPECT_EQ(read(room, got).error, step.error);
    EXPECT_EQ(got, "some octets");
  }
}

}  // namespace
}  // namespace postern::net
