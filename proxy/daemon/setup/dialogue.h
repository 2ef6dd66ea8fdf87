#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern::daemon::setup {

/// Questions to a person on standard input and output: a terminal, or a file with one answer on
/// each line. What is typed as a secret is not shown. Ctrl-C ends the program by itself; the
/// terminal is as before then, since a secret is read without signals. Blocks.
class Dialogue {
 public:
  /// Standard input ended, or Ctrl-C was typed instead of a secret: nobody answers any more.
  struct Ended {};

  /// Throws Ended; so do all others. An empty answer gives `usual`.
  std::string ask(std::string_view question, std::string_view usual = "");
  Secret ask_secret(std::string_view question);

  struct Choice {
    std::string_view key;  ///< what is typed
    std::string_view text;
  };
  /// Lists the choices and asks until one of them is named; its place. An empty answer is the
  /// first.
  std::size_t choose(std::string_view question, std::span<const Choice> choices);

  enum class Answer { yes, no };
  Answer confirm(std::string_view question, Answer usual);

  static void say(std::string_view text);

 private:
  std::optional<std::string> read_line();

  std::string unread_;
};

}  // namespace postern::daemon::setup
