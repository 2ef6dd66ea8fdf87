#include "sync/wire/smtp/reply.h"

#include <utility>

#include <fmt/format.h>

#include "sync/wire/utf8.h"

namespace postern::wire::smtp {

namespace {

constexpr std::size_t longest_told = 1000;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// RFC 5321 section 4.2: three digits; nullopt for what no server may say.
std::optional<unsigned> code_of(std::string_view line) {
  if (line.size() < 3 || !digit(line[0]) || !digit(line[1]) || !digit(line[2])) return std::nullopt;
  const auto value =
      static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
  if (value < 200 || value > 599) return std::nullopt;
  return value;
}

/// RFC 6531 section 3.7.4.1 allows UTF-8 in replies.
std::string tame(std::string_view text) {
  const bool utf8 = valid_utf8(text);
  std::string out(text);
  bool c2 = false;  // with a continuation below 0xa0 it makes a control character of Latin-1
  for (char& c : out) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::exchange(c2, octet == 0xc2) && octet >= 0x80 && octet < 0xa0) {
      (&c)[-1] = '?';
      c = '?';
      continue;
    }
    if (octet == '\t')
      c = ' ';
    else if (octet < 0x20 || octet == 0x7f || (!utf8 && octet >= 0x80))
      c = '?';
  }
  return out;
}

}  // namespace

std::string Reply::text() const {
  return fmt::format("{}", fmt::join(lines, " "));
}

std::string Reply::line() const {
  std::string out = status ? fmt::format("{} {} {}", code, status->text(), text())
                           : fmt::format("{} {}", code, text());
  if (out.size() <= longest_told) return out;
  std::size_t end = longest_told;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80) --end;
  out.resize(end);
  return out;
}

std::string format_reply(const Reply& reply) {
  std::string out;
  for (std::size_t i = 0; i < reply.lines.size(); ++i) {
    out += fmt::format("{}{}", reply.code, i + 1 < reply.lines.size() ? '-' : ' ');
    if (reply.status) out += reply.status->text() + " ";
    out += reply.lines[i] + "\r\n";
  }
  return out;
}

ReplyReader::Status ReplyReader::next(std::string_view& input) {
  if (!wrong_.empty()) return Status::malformed;
  while (true) {
    const LineFramer::Status status = framer_.next(input);
    if (status == LineFramer::Status::more) return Status::more;
    if (status == LineFramer::Status::too_long) return fail("a line without an end");
    const Status known = line(framer_.line());
    if (known != Status::more) return known;
  }
}

ReplyReader::Status ReplyReader::line(std::string_view text) {
  const auto code = code_of(text);
  if (!code) return fail("a line that begins with no reply code");
  if (!reply_.lines.empty() && *code != reply_.code) return fail("a reply with two codes");
  text.remove_prefix(3);
  // A bare code is a whole reply; some servers send no text.
  const bool last = !text.starts_with('-');
  if (last && !text.empty() && text.front() != ' ')
    return fail("a line that begins with no reply code");
  if (!text.empty()) text.remove_prefix(1);
  const auto status = take_enhanced_status(text);
  if (reply_.lines.empty()) reply_.status = status;
  reply_.code = *code;
  octets_ += text.size();
  if (reply_.lines.size() == most_lines || octets_ > most_octets)
    return fail("a reply without an end");
  reply_.lines.push_back(tame(text));
  return last ? Status::reply : Status::more;
}

ReplyReader::Status ReplyReader::fail(std::string_view wrong) {
  wrong_ = wrong;
  reply_ = {};
  return Status::malformed;
}

Reply ReplyReader::take() {
  octets_ = 0;
  return std::exchange(reply_, {});
}

}  // namespace postern::wire::smtp
