#include "sync/net/splice.h"

#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "sync/net/stream.h"
#include "tests/net/loop.h"

namespace postern::net::test {
namespace {

constexpr SpliceLimits patience{ample, ample};

/// A Tap with nothing to say; the tests below give it something.
class Quiet : public Tap {
 public:
  void from_left(std::string_view, Out) override {}
  void from_right(std::string_view, Out) override {}
  [[nodiscard]] bool takes_left() const override { return true; }
  [[nodiscard]] bool holds_left() const override { return false; }
  void right_ended(Out) override {}
  [[nodiscard]] bool over() const override { return false; }
};

/// Two spliced connections: `program` and `server` are their far ends.
class Splice : public testing::Test {
 protected:
  asio::awaitable<void> connect_all() {
    program.emplace(co_await connect(listener.port()));
    left.emplace(co_await listener.accept());
    server.emplace(co_await connect(listener.port()));
    right.emplace(co_await listener.accept());
  }
  asio::awaitable<void> splice(Tap& tap) {
    end = co_await splicer.run(*left, *right, patience, &tap);
    left.reset();
    right.reset();
  }

  Loop loop;
  Listener listener = loop.listen();
  Splicer splicer;
  std::optional<Stream> program;
  std::optional<Stream> left;
  std::optional<Stream> server;
  std::optional<Stream> right;
  std::optional<SpliceEnd> end;
};

constexpr std::size_t questions = 256UL * 1024;

/// Answers each octet of the left side with many, more than a system's buffers hold.
class Talkative final : public Quiet {
 public:
  void from_left(std::string_view octets, Out out) override {
    waiting = std::max(waiting, out.left.size());
    seen += octets.size();
    out.left.append(octets.size() * times, 'x');
  }
  [[nodiscard]] bool over() const override { return seen == questions; }

  static constexpr std::size_t times = 256;
  std::size_t seen = 0;
  std::size_t waiting = 0;  ///< at most, when more was read
};

asio::awaitable<void> ask(Stream& program) {
  co_await program.write(std::string(questions, '\n'), ample);
}

asio::awaitable<void> read_answers(std::optional<Stream>& program) {
  (void)co_await read_exactly(*program, questions * Talkative::times);
  program.reset();
}

TEST_F(Splice, WhoDoesNotReadAnswersIsNotReadFrom) {  // C17
  loop.run(connect_all());
  Talkative tap;
  loop.beside(ask(*program));
  loop.beside(splice(tap));
  loop.run(read_answers(program));
  EXPECT_EQ(tap.waiting, 0U);
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->why, SpliceEnd::Why::tap);
}

/// Is over with the first octet of the right side, and has a last word for the left one.
class Final final : public Quiet {
 public:
  void from_right(std::string_view, Out out) override {
    out.left += "no";
    over_ = true;
  }
  [[nodiscard]] bool takes_left() const override { return false; }
  [[nodiscard]] bool over() const override { return over_; }

 private:
  bool over_ = false;
};

asio::awaitable<void> say(std::optional<Stream>& server) {
  co_await server->write("x", ample);
  server.reset();
}

TEST_F(Splice, ALastWordThatNobodyTakesEndsItAtOnce) {
  loop.run(connect_all());
  Final tap;
  program->abort();
  program.reset();
  loop.beside(say(server));
  loop.run(splice(tap));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->why, SpliceEnd::Why::tap);
}

}  // namespace
}  // namespace postern::net::test
