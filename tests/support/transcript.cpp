#include "tests/support/transcript.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <span>
#include <stdexcept>
#include <utility>

namespace postern::test {
namespace {

constexpr int deadline_ms = 20'000;

/// "<x 9000>", "<octet ff>" and "<crlf>" written out; `line_end` is what stands behind the line.
std::string written_out(std::string text, std::string line_end) {
  if (text.ends_with("<none>")) {
    text.resize(text.size() - 6);
    line_end.clear();
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text.find('>', i);
    const std::string inside =
        text[i] == '<' && end != std::string::npos ? text.substr(i + 1, end - i - 1) : "";
    const std::size_t space = inside.rfind(' ');
    const bool repeats = !inside.starts_with("octet ") && space != std::string::npos &&
                         space != 0 && space + 1 < inside.size() &&
                         inside.find_first_not_of("0123456789", space + 1) == std::string::npos;
    if (inside == "crlf") {
      out += "\r\n";
    } else if (inside.starts_with("octet ")) {
      out += static_cast<char>(std::stoul(inside.substr(6), nullptr, 16));
    } else if (repeats) {
      const std::string unit = inside.substr(0, space);
      for (unsigned long n = std::stoul(inside.substr(space + 1)); n != 0; --n) out += unit;
    } else {
      out += text[i++];
      continue;
    }
    i = end + 1;
  }
  return out + line_end;
}

using Numbers = std::map<std::string, std::string>;

/// `numbers` gets what the names stand for.
bool fits(std::string_view expected, std::string_view got, Numbers& numbers) {
  if (expected.empty()) return got.empty();
  if (expected.starts_with("<*>")) {
    for (std::size_t i = 0; i <= got.size(); ++i) {
      if (fits(expected.substr(3), got.substr(i), numbers)) return true;
    }
    return false;
  }
  const std::size_t end = expected.find('>');
  if (expected.starts_with("<#") && end != std::string_view::npos) {
    std::size_t digits = 0;
    while (digits < got.size() && std::isdigit(static_cast<unsigned char>(got[digits]))) ++digits;
    if (digits == 0) return false;
    const std::string name(expected.substr(2, end - 2));
    const std::string number(got.substr(0, digits));
    if (!name.empty() && numbers.emplace(name, number).first->second != number) return false;
    return fits(expected.substr(end + 1), got.substr(digits), numbers);
  }
  return !got.empty() && expected[0] == got[0] && fits(expected.substr(1), got.substr(1), numbers);
}

void read_lines(const std::filesystem::path& file, std::vector<Transcript::Line>& lines) {
  using Kind = Transcript::Line::Kind;
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  int number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.empty() || text[0] == '#') continue;
    const std::string place = file.filename().string() + ":" + std::to_string(number);
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) throw std::runtime_error(place + ": no colon");
    std::string rest = text.substr(colon + 1);
    if (rest.starts_with(' ')) rest.erase(0, 1);
    const std::string client = text.substr(1, colon - 1);
    switch (text[0]) {
      case 'C': lines.push_back({Kind::send, client, rest, place}); break;
      case 'S': lines.push_back({Kind::expect, client, rest, place}); break;
      case 'L': lines.push_back({Kind::log_in, client, rest, place}); break;
      case 'I': read_lines(file.parent_path() / rest, lines); break;
      default: throw std::runtime_error(place + ": C, S, L or I begin a line");
    }
  }
}

/// Empty, or what is wrong.
std::string log_in(LineClient& client, const std::string& mailbox) {
  (void)client.line();
  std::string answer = client.command("l LOGIN anna sesame").back();
  if (answer.starts_with("l OK") && !mailbox.empty())
    answer = client.command("l SELECT " + mailbox).back();
  return answer.starts_with("l OK") ? std::string() : answer;
}

}  // namespace

std::vector<std::string> Transcript::names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

Transcript Transcript::read(const std::filesystem::path& file) {
  Transcript transcript;
  read_lines(file, transcript.lines_);
  return transcript;
}

std::string Transcript::play(std::uint16_t port) const {
  std::map<std::string, LineClient> clients;
  Numbers numbers;
  for (const Line& line : lines_) {
    LineClient& client = clients.try_emplace(line.client, port).first->second;
    if (line.kind == Line::Kind::send) {
      client.send(written_out(line.text, "\r\n"));
    } else if (line.kind == Line::Kind::log_in) {
      const std::string wrong = log_in(client, line.text);
      if (!wrong.empty()) return line.place + ": login: " + wrong;
    } else {
      const std::string got = client.line();
      Numbers known = numbers;
      if (!fits(line.text, got, known))
        return line.place + "\n  expected: " + line.text + "\n  got:      " + got;
      numbers = std::move(known);
    }
  }
  return {};
}

void Transcript::play_and_leave(std::uint16_t port, std::size_t count, Ending ending) const {
  std::map<std::string, LineClient> clients;
  for (const Line& line : std::span(lines_).first(count)) {
    LineClient& client = clients.try_emplace(line.client, port).first->second;
    if (line.kind == Line::Kind::send) client.send(written_out(line.text, "\r\n"));
    if (line.kind == Line::Kind::log_in) (void)log_in(client, line.text);
  }
  if (ending == Ending::closed) return;
  for (auto& [name, client] : clients) client.abort();
}

LineClient::LineClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect to the server under test");
}

LineClient::LineClient(LineClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

LineClient::~LineClient() {
  if (socket_ >= 0) ::close(socket_);
}

void LineClient::send(std::string_view octets) {
  while (!octets.empty()) {
    pollfd wait{socket_, POLLOUT, 0};
    if (::poll(&wait, 1, deadline_ms) <= 0) return;
    const ssize_t count = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // what the server says to it is what is tested
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool LineClient::fill() {
  std::array<char, 65536> octets{};
  const ssize_t count = ::recv(socket_, octets.data(), octets.size(), 0);
  if (count <= 0) return false;
  buffer_.append(octets.data(), static_cast<std::size_t>(count));
  return true;
}

std::string LineClient::line() {
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, deadline_ms) <= 0) return "<silence>";
    if (!fill()) return "<end>";
  }
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

bool LineClient::line_within(std::chrono::milliseconds time) {
  pollfd wait{socket_, POLLIN, 0};
  return buffer_.contains("\r\n") || ::poll(&wait, 1, static_cast<int>(time.count())) > 0;
}

std::string LineClient::octets(std::size_t count) {
  while (buffer_.size() < count) {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, deadline_ms) <= 0 || !fill()) return {};
  }
  std::string text = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return text;
}

std::vector<std::string> LineClient::command(const std::string& text) {
  send(text + "\r\n");
  const std::string tag = text.substr(0, text.find(' ') + 1);
  std::vector<std::string> lines;
  do {
    lines.push_back(line());
  } while (!lines.back().starts_with(tag) && lines.back() != "<end>" &&
           lines.back() != "<silence>");
  return lines;
}

void LineClient::finish() {
  ::shutdown(socket_, SHUT_WR);
}

void LineClient::abort() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(std::exchange(socket_, -1));
}

}  // namespace postern::test
