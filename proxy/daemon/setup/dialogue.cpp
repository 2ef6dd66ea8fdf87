#include "proxy/daemon/setup/dialogue.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace postern::daemon::setup {
namespace {

constexpr char ctrl_c = 3;
constexpr std::size_t longest_answer = 4096;

/// The terminal shows nothing and sends no signals meanwhile: Ctrl-C comes as a character that ends
/// the line, so that nobody can leave it in this state.
class Silence {
 public:
  Silence() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    changed_ = true;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    silent.c_cc[VEOL] = ctrl_c;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() {
    if (!changed_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    // The Enter that ended it was not shown either.
    fmt::print("\n");
  }

 private:
  termios before_{};
  bool changed_ = false;
};

std::string trimmed(std::string text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

void TerminalDialogue::say(std::string_view text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

std::optional<std::string> TerminalDialogue::read(std::string_view prompt, Typed typed) {
  std::optional<Silence> silence;
  if (typed == Typed::hidden) silence.emplace();
  fmt::print("{}", prompt);
  std::fflush(stdout);
  return read_line();
}

std::optional<std::string> TerminalDialogue::read_line() {
  std::array<char, 512> buffer{};
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (unread_.size() > longest_answer) return std::nullopt;
    if (unread_.find(ctrl_c) != std::string::npos) return std::nullopt;
    const ssize_t octets = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (octets < 0 && errno == EINTR) continue;
    if (octets <= 0) {
      if (unread_.empty()) return std::nullopt;
      return std::exchange(unread_, {});
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(octets));
    wipe(buffer.data(), buffer.size());
  }
}

std::string Dialogue::ask(std::string_view question, std::string_view usual) {
  const std::string prompt =
      usual.empty() ? fmt::format("{}: ", question) : fmt::format("{} [{}]: ", question, usual);
  const auto line = read(prompt, Typed::shown);
  if (!line) throw Ended{};
  std::string answer = trimmed(*line);
  return answer.empty() ? std::string(usual) : answer;
}

Secret Dialogue::ask_secret(std::string_view question) {
  auto line = read(fmt::format("{} (not shown): ", question), Typed::hidden);
  if (!line) throw Ended{};
  if (line->ends_with('\r')) line->pop_back();
  return Secret(std::move(*line));
}

std::size_t Dialogue::choose(std::string_view question, std::span<const Choice> choices) {
  for (const Choice& choice : choices) say(fmt::format("  {}  {}", choice.key, choice.text));
  while (true) {
    const std::string answer = ask(question, choices.front().key);
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (choices[i].key == answer) return i;
    }
    say("Type what stands before one of the lines.");
  }
}

Dialogue::Answer Dialogue::confirm(std::string_view question, Answer usual) {
  while (true) {
    const std::string answer = ask(question, usual == Answer::yes ? "yes" : "no");
    if (answer == "yes" || answer == "y" || answer == "Y") return Answer::yes;
    if (answer == "no" || answer == "n" || answer == "N") return Answer::no;
    say("Type yes or no.");
  }
}

}  // namespace postern::daemon::setup
