// Records are read several at once; what comes behind them is neither lost nor told too early.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

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
class Connection {
 public:
  Connection() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets.data()), 0);
    const Identity authority = test::authority();
    const Identity identity = issue(test::usual_text(), &authority);
    SSL_CTX_use_certificate(server_context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(server_context_.get(), identity.key.get());
    writer.emplace(sockets[0], session(server_context_), TlsLayer::Role::server);
    reader.emplace(sockets[1], session(client_context_), TlsLayer::Role::client);
    for (bool done = false; !done;) {
      const Step client = reader->handshake();
      const Step server = writer->handshake();
      if (client.error || server.error) throw std::runtime_error("the handshake failed");
      done = client.wants == Wants::nothing && server.wants == Wants::nothing;
    }
  }
  Connection(const Connection&) = delete;
  ~Connection() {
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
  Step read(std::size_t most) {
    std::string room(most, '\0');
    const Step step = reader->read(room);
    EXPECT_LE(step.octets, most);
    got += room.substr(0, step.octets);
    return step;
  }
  /// All that has come; the step that brought nothing.
  Step read_all(std::size_t most) {
    Step step = read(most);
    while (step.octets != 0) step = read(most);
    return step;
  }

  std::array<int, 2> sockets{};
  std::optional<TlsLayer> writer;
  std::optional<TlsLayer> reader;
  std::string got;

 private:
  static bssl::UniquePtr<SSL> session(const bssl::UniquePtr<SSL_CTX>& context) {
    return bssl::UniquePtr<SSL>(SSL_new(context.get()));
  }
  bssl::UniquePtr<SSL_CTX> server_context_{SSL_CTX_new(TLS_method())};
  bssl::UniquePtr<SSL_CTX> client_context_{SSL_CTX_new(TLS_method())};
};

constexpr std::size_t little_room = 3;
constexpr std::size_t ample_room = 100'000;

std::string noise(std::size_t octets, std::mt19937& random) {
  std::string out(octets, '\0');
  for (char& octet : out) octet = static_cast<char>(random());
  return out;
}

TEST(TlsLayer, ReadsAllRecordsOfOneArrivalAtOnce) {
  Connection connection;
  std::mt19937 random(1);
  std::string sent;
  for (int i = 0; i < 10; ++i) {
    const std::string record = noise(4096, random);
    connection.write(record);
    sent += record;
  }
  EXPECT_EQ(connection.read(ample_room).octets, sent.size());
  EXPECT_EQ(connection.got, sent);
  EXPECT_EQ(connection.read(1).wants, Wants::reading);
}

TEST(TlsLayer, LosesNothingWhateverRoomItsReaderHas) {
  std::mt19937 random(1);
  for (const std::size_t room : {1UL, 7UL, 1000UL, 4096UL, 16'384UL, 70'000UL, 300'000UL}) {
    Connection connection;
    std::string sent;
    for (int round = 0; round < 40; ++round) {
      const std::string record = noise(1 + random() % (room < 10 ? 40 : 9000), random);
      connection.write(record);
      sent += record;
      if (random() % 3 == 0) (void)connection.read(room);
    }
    EXPECT_EQ(connection.read_all(room).wants, Wants::reading);
    EXPECT_TRUE(connection.got == sent) << room;
  }
}

/// They read ahead into one and the same buffer.
TEST(TlsLayer, KeepsWhatItReadAheadWhileAnotherConnectionReads) {
  std::mt19937 random(1);
  std::array<Connection, 3> connections;
  std::array<std::string, 3> sent;
  for (int round = 0; round < 300; ++round) {
    const std::size_t at = random() % connections.size();
    if (sent[at].size() < 60'000) {
      const std::string record = noise(1 + random() % 3000, random);
      connections[at].write(record);
      sent[at] += record;
    }
    (void)connections[random() % connections.size()].read(1 + random() % 500);
  }
  for (std::size_t at = 0; at < connections.size(); ++at) {
    EXPECT_EQ(connections[at].read_all(700).wants, Wants::reading);
    EXPECT_TRUE(connections[at].got == sent[at]) << at;
  }
}

TEST(TlsLayer, WaitsForTheRestOfARecord) {
  Connection connection;
  std::mt19937 random(1);
  const std::string sent = "first, second and " + noise(100, random) + "third";
  connection.write(sent.substr(0, 7));
  connection.write(sent.substr(7, 11));
  connection.write(sent.substr(18));
  std::string records(4096, '\0');
  const ssize_t size = ::recv(connection.sockets[1], records.data(), records.size(), 0);
  ASSERT_GT(size, 0);
  // The reader's socket becomes one that gets the records octet by octet.
  std::array<int, 2> line{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, line.data()), 0);
  ASSERT_EQ(::dup2(line[1], connection.sockets[1]), connection.sockets[1]);
  for (const char octet : records.substr(0, static_cast<std::size_t>(size))) {
    EXPECT_EQ(connection.read_all(ample_room).wants, Wants::reading);
    ASSERT_EQ(::send(line[0], &octet, 1, 0), 1);
  }
  EXPECT_EQ(connection.read_all(ample_room).wants, Wants::reading);
  EXPECT_EQ(connection.got, sent);
  for (const int socket : line) ::close(socket);
}

TEST(TlsLayer, TellsTheEndBehindTheLastOctets) {
  for (const std::size_t room : {little_room, ample_room}) {
    Connection connection;
    connection.write("some ");
    connection.write("octets");
    (void)connection.writer->end();
    EXPECT_EQ(connection.read_all(room).error, asio::error::eof);
    EXPECT_EQ(connection.got, "some octets");
    EXPECT_EQ(connection.read(room).error, asio::error::eof);
  }
}

TEST(TlsLayer, TellsThatItWasCutBehindTheLastOctets) {
  for (const std::size_t room : {little_room, ample_room}) {
    Connection connection;
    connection.write("some octets");
    ::shutdown(connection.sockets[0], SHUT_WR);
    EXPECT_EQ(connection.read_all(room).error, asio::ssl::error::stream_truncated);
    EXPECT_EQ(connection.got, "some octets");
  }
}

TEST(TlsLayer, TellsOfAResetBehindTheLastOctets) {
  for (const std::size_t room : {little_room, ample_room}) {
    Connection connection;
    // Closed with octets that nobody has read, a socket resets the connection.
    ASSERT_EQ(connection.reader->write("not read").octets, 8U);
    connection.write("some ");
    connection.write("octets");
    ::close(std::exchange(connection.sockets[0], -1));
    EXPECT_EQ(connection.read_all(room).error, asio::error::connection_reset);
    EXPECT_EQ(connection.got, "some octets");
  }
}

/// However often one reads.
TEST(TlsLayer, TellsOfAForgedRecordBehindTheGoodOnes) {
  std::mt19937 random(1);
  for (const std::size_t room : {little_room, ample_room}) {
    Connection connection;
    connection.write("some ");
    connection.write("octets");
    const std::string header("\x17\x03\x03\x00\x20", 5);  // application data, 32 octets
    const std::string forged = header + noise(32, random);
    ASSERT_EQ(::send(connection.sockets[0], forged.data(), forged.size(), 0),
              static_cast<ssize_t>(forged.size()));
    connection.write("never seen");
    const Step step = connection.read_all(room);
    EXPECT_EQ(step.error.category(), asio::error::get_ssl_category());
    EXPECT_EQ(connection.read(room).error, step.error);
    EXPECT_EQ(connection.got, "some octets");
  }
}

}  // namespace
}  // namespace postern::net
