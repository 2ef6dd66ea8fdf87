#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sync/base/secret.h"

namespace postern::daemon::setup {

/// Questions to a person. Blocks.
class Dialogue {
 public:
  /// Nobody answers any more.
  struct Ended {};

  Dialogue() = default;
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  virtual ~Dialogue() = default;

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

  /// One line or several, without the last line break.
  virtual void say(std::string_view text) = 0;

 protected:
  enum class Typed : std::uint8_t { shown, hidden };
  /// Shows the question and reads a line; nullopt at the end of the answers.
  virtual std::optional<std::string> read(std::string_view prompt, Typed typed) = 0;
};

/// On standard input and output: a terminal, or a file with one answer on each line. What is typed
/// as a secret is not shown. Ctrl-C ends the program by itself, or the answers instead of a secret;
/// the terminal is as before then, since a secret is read without signals.
class TerminalDialogue : public Dialogue {
 public:
  void say(std::string_view text) override;

 private:
  std::optional<std::string> read(std::string_view prompt, Typed typed) override;
  std::optional<std::string> read_line();

  std::string unread_;
};

}  // namespace postern::daemon::setup
