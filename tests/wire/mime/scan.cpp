#include "tests/wire/mime/scan.h"

#include <fmt/format.h>

#include <algorithm>

namespace postern::test {

using wire::mime::Limits;
using wire::mime::Part;
using wire::mime::Scanned;
using wire::mime::Scanner;

std::string described(const Scanned& scanned) {
  std::string out =
      fmt::format("{} octets, header {}\n{}\n{}\n{}\n", scanned.octets, scanned.header_octets,
                  scanned.envelope, scanned.body, scanned.body_structure);
  for (const Part& part : scanned.structure.parts) {
    out += fmt::format("{} {} {} {} kind {} in {}: {} {} {} {}\n", part.header_begin,
                       part.body_begin, part.body_end, part.body_lines, static_cast<int>(part.kind),
                       part.parent, part.type, part.subtype, part.charset, part.encoding);
  }
  return out;
}

Scanned scan(std::string_view message, std::size_t piece, Limits limits) {
  Scanner scanner(limits);
  if (piece == 0) piece = message.size();
  while (!message.empty()) {
    scanner.feed(message.substr(0, piece));
    message.remove_prefix(std::min(piece, message.size()));
  }
  return scanner.finish();
}

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"empty", ""},
      {"one octet", "x"},
      {"only an empty line", "\r\n"},
      {"no empty line", crlf("Subject: x\n")},
      {"plain", crlf("From: a@b\nSubject: x\n\none\ntwo\n")},
      {"bare LF", "From: a@b\nSubject: x\n\none\ntwo\n"},
      {"mixed line ends", "From: a@b\r\nSubject: x\n\r\none\n\r\r\ntwo\r"},
      {"mixed", crlf("Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\n"
                     "Content-Type: text/html\n\ntwo\n\n--b--\npost\n")},
      {"mixed with bare LF", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b--\n"},
      {"nested", crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
                      "Content-Type: multipart/alternative; boundary=bb\n\n--bb\n\n1\n--bb\n\n2\n"
                      "--bb--\n--b\nContent-Type: message/rfc822\n\nSubject: in\n"
                      "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: dd\n\nx\n"
                      "--d--\n\n--b--\n")},
      {"headers without bodies",
       crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n--b\n"
            "Content-Type: message/rfc822\n\n--b\n"
            "Content-Type: message/rfc822\n\nA: b\n\n--b\n--b--")},
      {"nearly delimiters", crlf("Content-Type: multipart/mixed; boundary=\"b b\"\n\n-\n--\n---\n"
                                 "--b\n--b b \n\nx\n-\n--\n--b\n -- b b\n--b b--x\n--b b\n")},
      {"ends within a delimiter",
       crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b")},
      {"ends with a dash", crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n-")},
      {"a long line that begins with dashes",
       crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--" + std::string(500, 'c') +
            "\n--b" + std::string(500, 'd') + "\n\ny\n--b--")},
      {"an empty boundary",
       crlf("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nx\n----\n")},
      {"header lines with dashes", crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n--c: d\n"
                                        "-e: f\n-\n--b: g\n\nx\n--b--\n")},
  };
  return all;
}

}  // namespace postern::test
