#include "tests/imap/model/program.h"

#include <charconv>

#include <fmt/format.h>

namespace postern::imap::model {
namespace {

constexpr std::size_t kept_lines = 150;

/// The octets of the literal that the line ends with; 0 if there is none.
std::size_t literal_behind(const std::string& line) {
  if (!line.ends_with('}')) return 0;
  const std::size_t begin = line.rfind('{');
  std::size_t octets = 0;
  std::from_chars(line.data() + begin + 1, line.data() + line.size() - 1, octets);
  return octets;
}

/// Without the text for people.
std::string bare(const std::string& line) {
  if (line.starts_with("+")) return "+";
  const std::size_t word = line.find(' ') + 1;
  for (const auto* condition : {"OK ", "NO ", "BAD ", "BYE "}) {
    if (line.compare(word, std::string_view(condition).size(), condition) != 0) continue;
    const std::size_t text = word + std::string_view(condition).size();
    return line.substr(0, line[text] == '[' ? line.find(']') + 1 : text - 1);
  }
  return line;
}

}  // namespace

void Minutes::add(std::size_t session, char who, const std::string& line) {
  lines_.push_back(fmt::format("{}{}: {}", who, session, line));
  if (lines_.size() > kept_lines) lines_.pop_front();
}

std::string Minutes::text() const {
  std::string all;
  for (const std::string& line : lines_) all += line + "\n";
  return all;
}

Program::Program(std::uint16_t port, std::size_t number, Minutes& minutes)
    : client_(port), number_(number), minutes_(minutes) {
  (void)client_.line();
  (void)client_.command("login LOGIN anna sesame");
}

void Program::send(const std::string& octets) {
  minutes_.add(number_, 'C', octets);
  client_.send(octets);
}

bool Program::take_line() {
  std::string line = client_.line();
  ended_ = line == "<end>" || line == "<silence>";
  if (ended_) {
    minutes_.add(number_, 'S', line);
    return false;
  }
  while (const std::size_t octets = literal_behind(line)) {
    line += "\r\n" + client_.octets(octets);
    line += client_.line();
  }
  minutes_.add(number_, 'S', line);
  heard_.push_back(bare(line));
  return true;
}

void Program::listen_to(const std::vector<Command>& commands) {
  const std::string tag = commands.back().tag;
  while (!ended_ && take_line()) {
    if (heard_.back().starts_with(tag + " ") || heard_.back() == "+") break;
  }
  // BYE comes with the tagged line.
  while (listen_on(std::chrono::milliseconds(0))) {
  }
}

bool Program::listen_on(std::chrono::milliseconds within) {
  return !ended_ && client_.line_within(within) && take_line();
}

}  // namespace postern::imap::model
