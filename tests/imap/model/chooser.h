#pragma once

#include <array>
#include <deque>
#include <string>
#include <vector>

#include "tests/imap/model/chance.h"
#include "tests/imap/model/judge.h"
#include "tests/imap/model/message_commands.h"
#include "tests/imap/model/search_commands.h"

namespace postern::imap::model {

/// Makes up commands, such as have a chance of meaning something to the session.
class Chooser {
 public:
  explicit Chooser(unsigned seed) : chance_(seed) {}

  [[nodiscard]] Chance& chance() { return chance_; }
  /// Never IDLE.
  Command command(const State& state, std::size_t session);
  Command idle(std::size_t session);
  /// What ends it.
  Command done(std::size_t session);

 private:
  Command open(const State& state, const std::string& tag);
  Command selected(const State& state, const Session& me, const std::string& tag);
  Command about_mailboxes(const std::string& tag);
  Command store(const State& state, const View& view, const std::string& tag);
  Command fetch(const State& state, const View& view, const std::string& tag);
  Command search(const State& state, const View& view, const std::string& tag);
  Command transfer(const State& state, const View& view, const std::string& tag);
  Command append(const std::string& tag);
  Command replace(const View& view, const std::string& tag);
  Key key(const State& state, const View& view, unsigned depth);

  By by() { return chance_.one_in(2) ? By::uid : By::sequence; }
  Set set(const View& view, By by);
  Range partial();
  std::string mailbox();
  FlagNames flags();
  NewMessage message();
  ModSeq mod_seq(const Mailbox& mailbox);
  std::string next_tag(std::size_t session);

  Chance chance_;
  std::deque<Body> bodies_;
  std::array<unsigned, 16> tags_{};
};

}  // namespace postern::imap::model
