#include <string>

#include <gtest/gtest.h>

#include "sync/net/dial.h"
#include "sync/net/error.h"
#include "tests/imap/served.h"

namespace postern::imap::test {
namespace {

using namespace std::chrono_literals;
constexpr auto ample = 20s;

/// A client that speaks TLS, on the server's own network thread.
class TlsPeer {
 public:
  TlsPeer(Served& served, std::uint16_t port) : served_(served) { on(connect(port)); }

  void send(const std::string& text) { on(write(text)); }
  /// The next line; "<end>" if the connection is over.
  std::string line() { return on(read_line()); }
  std::string command(const std::string& text) {
    send(text + "\r\n");
    const std::string tag = text.substr(0, text.find(' ') + 1);
    std::string got;
    do {
      got = line();
      if (got.starts_with("* CAPABILITY")) capabilities = got;
    } while (!got.starts_with(tag) && got != "<end>");
    return got;
  }
  /// False if the handshake failed.
  bool start_tls() { return on(handshake()); }

  std::string capabilities;

 private:
  template <class T>
  T on(asio::awaitable<T> work) {
    return asio::co_spawn(served_.io(), std::move(work), asio::use_future).get();
  }
  asio::awaitable<void> connect(std::uint16_t port) {
    net::Endpoint here;
    here.host = "127.0.0.1";
    here.port = port;
    stream_.emplace(co_await net::dial(here, ample));
  }
  asio::awaitable<void> write(std::string text) { co_await stream_->write(text, ample); }
  asio::awaitable<std::string> read_line() {
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      std::string piece(4096, '\0');
      bool over = false;
      try {
        piece.resize(co_await stream_->read_some(piece, ample));
      } catch (const net::Error&) {
        over = true;
      }
      if (over) co_return "<end>";
      buffer_ += piece;
    }
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    co_return text;
  }
  asio::awaitable<bool> handshake() {
    net::TlsTrust trust;
    trust.host = "127.0.0.1";
    trust.pin = served_.fingerprint();
    const auto tls = net::TlsClient::make(trust);
    if (!tls) throw std::runtime_error(tls.error().text());
    try {
      co_await stream_->start_tls(*tls, ample);
    } catch (const net::Error&) {
      co_return false;
    }
    co_return true;
  }

  Served& served_;
  std::string buffer_;
  std::optional<net::Stream> stream_;
};

bool has(const std::string& list, const std::string& name) {
  return (list + " ").find(" " + name + " ") != std::string::npos;
}

TEST(Tls, A5StartTlsBeginsAnew) {
  Served served({}, Served::Tls::automatic);
  TlsPeer peer(served, served.port());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  peer.command("a CAPABILITY");
  EXPECT_TRUE(has(peer.capabilities, "STARTTLS"));
  peer.command("b ID (\"name\" \"before\")");
  EXPECT_EQ(peer.command("c STARTTLS"), "c OK Begin TLS now");
  ASSERT_TRUE(peer.start_tls());
  const auto facts = served.on_network([&] { return served.server().sessions(); });
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].program, "");
  EXPECT_EQ(peer.command("d SELECT INBOX"), "d BAD SELECT is not possible in this state");
  peer.command("e CAPABILITY");
  EXPECT_FALSE(has(peer.capabilities, "STARTTLS"));
  EXPECT_FALSE(has(peer.capabilities, "LOGINDISABLED"));
  // A4
  EXPECT_EQ(peer.command("f STARTTLS"), "f BAD TLS is active already");
  EXPECT_TRUE(peer.command("g LOGIN anna sesame").starts_with("g OK"));
  EXPECT_EQ(peer.command("h STARTTLS"), "h BAD STARTTLS is not possible in this state");
  EXPECT_TRUE(served.on_network([&] { return served.server().sessions(); })[0].secure);
}

TEST(Tls, A1A2A3NothingBehindStartTlsIsDone) {
  Served served({}, Served::Tls::automatic);
  for (const char* behind : {"b NOOP\r\n", "b LOGIN anna {6}\r\n", "b STARTTLS\r\n", "b"}) {
    TlsPeer peer(served, served.port());
    EXPECT_TRUE(peer.line().starts_with("* OK"));
    peer.send(std::string("a STARTTLS\r\n") + behind);
    EXPECT_EQ(peer.line(), "* BYE Nothing may follow STARTTLS before TLS is up") << behind;
    EXPECT_TRUE(peer.line().starts_with("a BAD")) << behind;
    EXPECT_EQ(peer.line(), "<end>") << behind;
  }
}

TEST(Tls, ImapsSpeaksTlsFromTheStart) {
  Served served({}, Served::Tls::automatic);
  TlsPeer peer(served, served.tls_port());
  ASSERT_TRUE(peer.start_tls());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_TRUE(peer.command("a LOGIN anna sesame").starts_with("a OK"));
  EXPECT_EQ(peer.command("b LOGOUT"), "b OK LOGOUT completed");
  EXPECT_EQ(peer.line(), "<end>");
}

TEST(Tls, C15AHandshakeThatIsNeverMadeIsCut) {
  Limits limits;
  limits.handshake = 200ms;
  Served served(limits, Served::Tls::automatic);
  TlsPeer starttls(served, served.port());
  EXPECT_TRUE(starttls.line().starts_with("* OK"));
  EXPECT_EQ(starttls.command("a STARTTLS"), "a OK Begin TLS now");
  EXPECT_EQ(starttls.line(), "<end>");
  TlsPeer silent(served, served.tls_port());
  EXPECT_EQ(silent.line(), "<end>");
}

TEST(Tls, B11NothingIsInheritedFromAConnectionThatFailed) {
  Served served({}, Served::Tls::automatic);
  TlsPeer failed(served, served.port());
  EXPECT_TRUE(failed.line().starts_with("* OK"));
  EXPECT_EQ(failed.command("a STARTTLS"), "a OK Begin TLS now");
  failed.send("b LOGIN anna sesame\r\n");
  while (failed.line() != "<end>") {
  }
  TlsPeer next(served, served.port());
  EXPECT_TRUE(next.line().starts_with("* OK"));
  EXPECT_EQ(next.command("c SELECT INBOX"), "c BAD SELECT is not possible in this state");
  EXPECT_TRUE(next.command("d LOGIN anna wrong").starts_with("d NO"));
  EXPECT_EQ(next.command("e SELECT INBOX"), "e BAD SELECT is not possible in this state");
}

TEST(Tls, WithoutACertificateThereIsNoStartTls) {
  Served served;
  TlsPeer peer(served, served.port());
  EXPECT_TRUE(peer.line().starts_with("* OK"));
  EXPECT_EQ(peer.command("a STARTTLS"), "a BAD TLS is not available");
}

}  // namespace
}  // namespace postern::imap::test
